package main_test

import (
	"context"
	"errors"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/odbc"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/store/postgrestest"
)

const (
	firstSale  = "00000001010000000001"
	secondSale = "00000001010000000002"
	firstBack  = "R0000001010000000001"
)

func cardFacts(card string, count uint32) metercard.Facts {
	return metercard.Facts{Serial: card, Form: metercard.CPU, Kind: metercard.Purchase, Count: count, Purse: 5000}
}

func sellTo(serial, card string, count uint32, amount money.Amount) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: serial, Account: "1000000003", Amount: amount, BusinessDate: "20261130", Time: "20261130103000", Tender: "cash", Kiosk: "K0000001", Card: cardFacts(card, count),
	}}
}

func askFor(serial string) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpAsk, Serial: serial}
}

func reverseSale(serial, original string) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: serial, Original: original, BusinessDate: "20261130"}}
}

// sold is the first sale as everybody has it.
var sold = mis.PostResult{
	Outcome: mis.Done, Code: "0000", Reference: "SD" + firstSale, Amount: 12850, ToAdvance: 12850,
	Sold: metercard.Sold{Number: "SD" + firstSale, Card: "AA01", Count: 5, Amount: 12850},
}

func eachDatabase(t *testing.T, run func(*testing.T, *database)) {
	if testing.Short() {
		t.Skip("runs databases and processes")
	}
	t.Run("SQLite", func(t *testing.T) { run(t, newSQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		d, _ := newPostgres(t)
		run(t, d)
	})
}

func TestODBCOperations(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d *database) {
		c := d.client(20*time.Second, nil)
		call := func(r cardsystem.Request) cardsystem.Reply {
			t.Helper()
			reply, err := c.Call(t.Context(), r)
			if err != nil {
				t.Fatalf("%s: %v", r.Op, err)
			}
			return reply
		}

		q := call(cardsystem.Request{Op: cardsystem.OpQuote, Card: cardFacts("AA01", 4)}).Quote
		if want := (cardsystem.QuoteResult{Outcome: mis.Done, Code: "0000", Quote: cardsystem.Quote{
			Account: "1000000003", Name: "刘建国", Min: 500, Max: 200050, Tariff: []cardsystem.Tier{{UpTo: 21000, Price: 5283}, {Price: 8283}},
		}}); !reflect.DeepEqual(q, want) {
			t.Errorf("quote: %+v", q)
		}
		if q := call(cardsystem.Request{Op: cardsystem.OpQuote, Card: cardFacts("AA02", 2)}).Quote; q.Outcome != mis.NotDone || q.Reason != mis.ArrearsFirst || q.Quote.Arrears != 1250 {
			t.Errorf("quote with arrears: %+v", q)
		}
		if q := call(cardsystem.Request{Op: cardsystem.OpQuote, Card: cardFacts("AA09", 2)}).Quote; q.Outcome != mis.NotDone || q.Reason != mis.OtherCard {
			t.Errorf("quote of nobody: %+v", q)
		}
		if p := call(askFor(firstSale)).Post; p.Outcome != mis.NotDone || p.Code != "1009" || !p.Retry {
			t.Errorf("ask before: %+v", p)
		}
		for range 2 { // the second time is the same sale
			if p := call(sellTo(firstSale, "AA01", 4, 12850)).Post; p != sold {
				t.Errorf("sell: %+v", p)
			}
		}
		if p := call(askFor(firstSale)).Post; p != sold {
			t.Errorf("ask: %+v", p)
		}
		if p := call(sellTo(secondSale, "AA02", 2, 3000)).Post; p.Outcome != mis.NotDone || p.Reason != mis.ArrearsFirst {
			t.Errorf("sell refused: %+v", p)
		}
		if reply, err := c.Call(t.Context(), sellTo("00000001010000000003", "AA01", 9, 3000)); reply.Post != (mis.PostResult{}) || !errors.Is(err, odbc.ErrNoReply) {
			t.Errorf("sell that leaves no row: %+v, %v", reply.Post, err)
		}

		steps := func(round int) cardsystem.StepsResult {
			return call(cardsystem.Request{Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: firstSale, Card: cardFacts("AA01", 4), Round: round}}).Steps
		}
		if s := steps(0); s.Outcome != mis.Done || s.Last || !reflect.DeepEqual(s.Steps, []script.Step{
			{Op: script.APDU, Data: script.Bytes{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01}, Expect: "61xx"}, {Op: script.APDU, Data: script.Bytes{0, 0x84, 0, 0, 8}, Expect: "9000", Save: "challenge"},
		}) {
			t.Errorf("steps: %+v", s)
		}
		if s := steps(1); !s.Last || !reflect.DeepEqual(s.Steps, []script.Step{{Op: script.Write, Data: script.Bytes{5}, Area: 1, Address: 200, Changes: true}}) {
			t.Errorf("last steps: %+v", s)
		}
		if s := steps(2); s.Outcome != mis.NotDone {
			t.Errorf("steps of no round: %+v", s)
		}
		for _, o := range []metercard.Outcome{metercard.Unsure, metercard.Written} {
			if r := call(cardsystem.Request{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: firstSale, Outcome: o, Count: 5}}).Report; r.Outcome != mis.Done {
				t.Errorf("report: %+v", r)
			}
		}
		if got := d.query("SELECT outcome, purchase FROM report"); got != "written|5" {
			t.Errorf("reported: %q", got)
		}
		totals := cardsystem.Request{Op: cardsystem.OpTotals, Date: "20261130"}
		sale := cardsystem.Sale{Serial: firstSale, Account: "1000000003", Amount: 12850, Count: 5, Written: metercard.Written}
		if r := call(totals).Totals; r.Count != 1 || r.Sum != 12850 || !reflect.DeepEqual(r.Sales, []cardsystem.Sale{sale}) {
			t.Errorf("totals: %+v", r)
		}

		for i, want := range []mis.ReverseResult{{Outcome: mis.Done, Code: "0000"}, {Outcome: mis.Done, Code: "0000"}} {
			if r := call(reverseSale(firstBack, firstSale)).Reverse; r != want {
				t.Errorf("reverse %d: %+v", i, r)
			}
		}
		if r := call(reverseSale("R0000001010000000002", firstSale)).Reverse; r.Outcome != mis.Done || r.Code != "1007" {
			t.Errorf("reverse by another: %+v", r)
		}
		if p := call(askFor(firstSale)).Post; !p.Reversed || p.Code != "1007" {
			t.Errorf("ask after the reversal: %+v", p)
		}
		sale.Reversed = true
		if r := call(totals).Totals; r.Count != 0 || r.Sum != 0 || !reflect.DeepEqual(r.Sales, []cardsystem.Sale{sale}) {
			t.Errorf("totals after the reversal: %+v", r)
		}
		if got := d.query("SELECT count(*) FROM sale WHERE serial = '" + firstSale + "'"); got != "1" {
			t.Errorf("%s sales", got)
		}
	})
}

// TestODBCFailsBeforeCommit: what fails before COMMIT is not done, and nothing is there.
func TestODBCFailsBeforeCommit(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d *database) {
		for name, change := range map[string]func(*odbc.Settings){
			"no such table":          func(s *odbc.Settings) { s.Sell.Do.Text = strings.Replace(s.Sell.Do.Text, "INTO sale", "INTO sail", 1) },
			"syntax":                 func(s *odbc.Settings) { s.Sell.Do.Text = "INSERT OVER sale" },
			"the row cannot be read": func(s *odbc.Settings) { s.Sell.Read.Text = "SELECT code FROM sail WHERE serial = ?" },
			"a value that cannot be": func(s *odbc.Settings) {
				s.Sell.Do.Text = strings.Replace(s.Sell.Do.Text, "c.purchases + 1", "NULL, NULL", 1)
			},
			"no driver":                func(s *odbc.Settings) { s.Connect = "DRIVER=/no/such.so" },
			"no driver manager":        func(s *odbc.Settings) { s.Library = "/no/such.so" },
			"a key that is no key yet": func(s *odbc.Settings) { s.Duplicate = nil },
		} {
			if name == "a key that is no key yet" {
				d.query("INSERT INTO sale (serial, card) VALUES ('" + firstSale + "', 'AA01')")
			}
			c := d.client(20*time.Second, change)
			reply, err := c.Call(t.Context(), sellTo(firstSale, "AA01", 4, 12850))
			if want := (mis.PostResult{Outcome: mis.NotDone, Retry: true}); reply.Post != want || !errors.Is(err, odbc.ErrNotSent) || strings.Contains(err.Error(), firstSale) {
				t.Errorf("%s: %+v, %v", name, reply.Post, err)
			}
			if got := d.query("SELECT count(*) FROM sale WHERE amount > 0"); got != "0" {
				t.Errorf("%s: %s sales", name, got)
			}
		}
	})
}

// TestODBCAlone: what commits by itself may have, whatever failed after it.
func TestODBCAlone(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d *database) {
		c := d.client(20*time.Second, func(s *odbc.Settings) {
			s.Sell.Alone = true
			s.Sell.Do.Text = strings.Replace(s.Sell.Do.Text, "INTO sale", "INTO sail", 1)
		})
		if reply, err := c.Call(t.Context(), sellTo(firstSale, "AA01", 4, 12850)); reply.Post != (mis.PostResult{}) || !errors.Is(err, odbc.ErrNoReply) {
			t.Errorf("no row: %+v, %v", reply.Post, err)
		}
		d.query("INSERT INTO sale VALUES ('" + firstSale + "', 'AA01', '1000000003', 128.5, 5, '0000', 'K0000001', '20261130')")
		if reply, err := c.Call(t.Context(), sellTo(firstSale, "AA01", 4, 12850)); reply.Post != sold || err != nil {
			t.Errorf("the row: %+v, %v", reply.Post, err)
		}
	})
}

// TestODBCAtCommit ends the server, its session or our child while COMMIT is under way.
// Where it is carried out the row decides; where it is not, nobody does.
func TestODBCAtCommit(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a database and processes")
	}
	d, pg := newPostgres(t)
	// A COMMIT that is not carried out yet waits in a trigger for a lock of the test's; one
	// that is waits for a standby that does not exist.
	d.query(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON sale DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold();
		CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON reversal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold()`)

	hurt := map[string]func(t *testing.T, pg *postgrestest.Server, session string){
		"session ended": func(_ *testing.T, pg *postgrestest.Server, session string) {
			pg.Query("SELECT pg_terminate_backend(" + session + ")")
		},
		"session killed": crash,
		"server stopped": func(_ *testing.T, pg *postgrestest.Server, _ string) { pg.Stop(); pg.StartAgain() },
		"child killed":   func(*testing.T, *postgrestest.Server, string) { d.kill() },
	}
	serial := 0
	for how, hurt := range hurt {
		for _, carried := range []bool{true, false} {
			name := how + map[bool]string{true: ", carried out", false: ", not carried out"}[carried]
			t.Run(name, func(t *testing.T) {
				d.t = t
				pg := pg.In(t)
				c := d.client(30*time.Second, nil)
				serial++
				key := "000000010100000001" + string(rune('0'+serial/10)) + string(rune('0'+serial%10))
				sale := sellTo(key, "AA01", 4, 12850)

				outcomes := make(chan cardsystem.Reply, 1)
				during := func(r cardsystem.Request) (cardsystem.Reply, error) {
					release := hold(t, pg, carried)
					failed := make(chan error, 1)
					go func() {
						reply, err := c.Call(t.Context(), r)
						outcomes <- reply
						failed <- err
					}()
					session := waiting(pg, map[bool]string{true: "SyncRep", false: "advisory"}[carried])
					release(func() { hurt(t, pg, session) })
					return <-outcomes, <-failed
				}

				reply, err := during(sale)
				if carried {
					if p := reply.Post; p.Outcome != mis.Done || p.Amount != 12850 || p.Sold.Count != 5 || p.Sold.Number != "SD"+key || err != nil {
						t.Errorf("sale: %+v, %v", p, err)
					}
				} else if reply.Post != (mis.PostResult{}) || !errors.Is(err, odbc.ErrNoReply) {
					t.Errorf("sale: %+v, %v", reply.Post, err)
				}
				if got := d.query("SELECT count(*) FROM sale WHERE serial = '" + key + "'"); (got == "1") != carried {
					t.Errorf("%s sales", got)
				}
				if p, err := c.Call(t.Context(), askFor(key)); err != nil || (p.Post.Outcome == mis.Done) != carried || p.Post.Outcome == mis.Unknown {
					t.Errorf("ask: %+v, %v", p.Post, err)
				}
				for range 2 { // again, and once more: one sale
					if p, err := c.Call(t.Context(), sale); err != nil || p.Post.Outcome != mis.Done {
						t.Errorf("again: %+v, %v", p.Post, err)
					}
				}
				if got := d.query("SELECT count(*) FROM sale WHERE serial = '" + key + "'"); got != "1" {
					t.Errorf("%s sales after all", got)
				}

				reply, err = during(reverseSale("R"+key[1:], key))
				if want := map[bool]mis.Outcome{true: mis.Done, false: mis.Unknown}[carried]; reply.Reverse.Outcome != want || (err == nil) != carried {
					t.Errorf("reverse: %+v, %v", reply.Reverse, err)
				}
				if got := d.query("SELECT count(*) FROM reversal WHERE original = '" + key + "'"); (got == "1") != carried {
					t.Errorf("%s reversals", got)
				}
			})
		}
	}
}

// waiting is the process of the session of a child that waits for that.
func waiting(pg *postgrestest.Server, event string) string {
	who := `FROM pg_stat_activity WHERE wait_event = '` + event + `' AND application_name <> 'psql'`
	pg.Await(`EXISTS (SELECT 1 ` + who + `)`)
	return pg.Query(`SELECT pid ` + who)
}

// locked is true when a session of the test's holds its lock.
const locked = `EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted)`

// hold makes the next COMMIT wait, after it was carried out or before it is. release lets
// hurt do its work while it waits, and then nobody wait any more.
func hold(t *testing.T, pg *postgrestest.Server, carried bool) (release func(hurt func())) {
	t.Helper()
	if carried {
		pg.Query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
		pg.Reload()
		pg.Await(`current_setting('synchronous_standby_names') = 'nobody'`)
		pg.Query("ALTER SYSTEM RESET synchronous_standby_names") // who reads it again, does not wait
		return func(hurt func()) {
			hurt()
			pg.Reload()
			pg.Ready()
		}
	}

	holder := pg.PSQL("SELECT pg_advisory_lock(7); SELECT pg_sleep(600)")
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	pg.Await(locked)
	return func(hurt func()) {
		hurt()
		pg.Ready()
		unlock(t, pg, holder)
	}
}

// unlock ends the sessions that wait for the lock, and then the one that holds it: one that
// got it first would commit.
func unlock(t testing.TB, pg *postgrestest.Server, holder *exec.Cmd) {
	t.Helper()
	const waiting = "FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
	pg.Query("SELECT pg_terminate_backend(pid) " + waiting)
	pg.Await("NOT EXISTS (SELECT 1 " + waiting + ")")
	pg.Query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()")
	_ = holder.Wait() // it was ended
}

// crash kills a session's process, which ends all of them, and waits until it has.
func crash(t *testing.T, pg *postgrestest.Server, session string) {
	t.Helper()
	other := pg.PSQL("SELECT pg_sleep(601)")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	pg.Await(`EXISTS (SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(601)')`)
	if out, err := exec.Command("kill", "-KILL", session).CombinedOutput(); err != nil {
		t.Errorf("kill %s: %v, %s", session, err, out)
	}
	_ = other.Wait() // it was ended
}

// TestODBCHangs: a driver that does not come back is ended at the deadline, and the call
// is unknown, because nothing can be read back.
func TestODBCHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a database and processes")
	}
	d, pg := newPostgres(t)
	c := d.client(20*time.Second, nil)
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	locker := pg.PSQL("BEGIN; LOCK TABLE sale IN SHARE ROW EXCLUSIVE MODE; SELECT pg_advisory_lock(8); SELECT pg_sleep(600)")
	if err := locker.Start(); err != nil {
		t.Fatal(err)
	}
	pg.Await(locked)

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	reply, err := c.Call(ctx, sellTo(firstSale, "AA01", 4, 12850))
	if reply.Post != (mis.PostResult{}) || !errors.Is(err, odbc.ErrNoReply) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v, %v", reply.Post, err)
	}
	// Where the time is the client's own, some of it is left to read back: no row, and no answer.
	hasty := d.client(1500*time.Millisecond, nil)
	if err := hasty.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	reply, err = hasty.Call(t.Context(), sellTo(secondSale, "AA01", 4, 12850))
	if reply.Post != (mis.PostResult{}) || !errors.Is(err, odbc.ErrNoReply) {
		t.Errorf("%+v, %v", reply.Post, err)
	}

	unlock(t, pg, locker)
	for _, serial := range []string{firstSale, secondSale} {
		if p, err := c.Call(t.Context(), askFor(serial)); err != nil || p.Post.Code != "1009" {
			t.Errorf("ask for %s: %+v, %v", serial, p.Post, err)
		}
	}
	if p, err := c.Call(t.Context(), sellTo(firstSale, "AA01", 4, 12850)); err != nil || p.Post != sold {
		t.Errorf("after it: %+v, %v", p.Post, err)
	}
}
