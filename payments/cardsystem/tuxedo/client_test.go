package tuxedo_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/hn"
	cardtuxedo "wattkiosk/payments/cardsystem/tuxedo"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/tuxedo"
)

func settings(b tuxedo.Buffer) tuxedo.Settings {
	return tuxedo.Settings{
		Kind: "endurox", Libraries: []string{"/opt/e/libatmiclt.so"}, Buffer: b, Names: map[string]string{"order_no": "SERIAL_NO"},
		Service: map[string]string{"quote": "Q", "sell": "S", "ask": "A", "reverse": "R", "steps": "W", "report": "C", "totals": "T"},
	}
}

// played is a client whose children the test plays: each hears its setup and calls.
type played struct {
	client *cardtuxedo.Client
	setup  tuxedo.Setup
	call   tuxedo.Call
	answer tuxedo.Answer
	dies   bool // in the call
}

func play(t testing.TB, b tuxedo.Buffer) *played {
	t.Helper()
	d, err := fixed.New(hn.Table())
	if err != nil {
		t.Fatal(err)
	}
	p := &played{}
	p.client, err = cardtuxedo.New(cardtuxedo.Config{Settings: settings(b), Dialect: d, Start: func() (io.ReadWriteCloser, error) {
		near, far := net.Pipe()
		go func() {
			defer func() { _ = far.Close() }()
			if child.ReadFrame(far, &p.setup, tuxedo.MaxFrame) != nil || child.WriteFrame(far, child.Hello{Ready: true}, tuxedo.MaxFrame) != nil {
				return
			}
			for child.ReadFrame(far, &p.call, tuxedo.MaxFrame) == nil {
				if p.dies {
					return
				}
				if child.WriteFrame(far, p.answer, tuxedo.MaxFrame) != nil {
					return
				}
			}
		}()
		return near, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.client.Close() })
	return p
}

func field(name, value string) tuxedo.Field { return tuxedo.Field{Name: name, Value: []byte(value)} }

func row(name string, at int, value string) tuxedo.Field {
	return tuxedo.Field{Name: name, Occurrence: at, Value: []byte(value)}
}

const serial = "00000001010000000001"

var (
	card = metercard.Facts{Serial: "0000000000000001", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4, Purse: 5000, Loaded: 4, Left: -1250}
	sell = cardsystem.Request{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: serial, Account: "1000000003", Amount: 10000, BusinessDate: "20261130", Time: "20261130103000", Tender: "cash", Kiosk: "K0000001", Card: card,
	}}
	write = cardsystem.Request{Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{
		Serial: serial, Card: card, Round: 1, Saved: map[string]script.Bytes{"mac": {0xA0}, "challenge": {1, 2}},
	}}
	bought = metercard.Sold{Number: "SD1", Card: card.Serial, Count: 5, Amount: 10000, Energy: 20479}
)

// sold are the fields of the answer that the suite's sale is made.
func sold(code, serial string) []tuxedo.Field {
	return []tuxedo.Field{
		field("RETURN_CODE", code), field("SERIAL_NO", serial), field("SDBH", "SD1"), field("SDKH", card.Serial), field("GDCS", "5"), field("QBJE", "10000"),
		field("GDL", "20479"), field("JZJE", "10000"),
	}
}

// factFields are the card's, as they go out.
func factFields() []tuxedo.Field {
	return []tuxedo.Field{
		field("KH", "0000000000000001"), field("KXS", "01"), field("KLX", "02"), field("BH", ""), field("KYHBH", ""), field("GDCS", "4"), field("QBJE", "5000"),
		field("CRCS", "4"), field("SYJE", "-000000001250"),
	}
}

func TestFieldsOfASale(t *testing.T) {
	p := play(t, tuxedo.FML32)
	p.answer.Fields = sold("00000", serial)
	reply, err := p.client.Call(t.Context(), sell)
	want := mis.PostResult{Outcome: mis.Done, Code: "00000", Reference: "SD1", Amount: 10000, ToAdvance: 10000, Sold: bought}
	if d := cmp.Diff(want, reply.Post); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	same(t, p.call, tuxedo.Call{Service: "S", Fields: append([]tuxedo.Field{
		field("SERIAL_NO", serial), field("YHBH", "1000000003"), field("GDJE", "10000"), field("YHZWRQ", "20261130"), field("JYSJ", "20261130103000"), field("ZFFS", "1"),
		field("SPOT_CODE", "K0000001"),
	}, factFields()...), Want: []string{"RETURN_CODE", "RETURN_MSG", "SERIAL_NO", "SDBH", "SDKH", "GDCS", "QBJE", "GDL", "JZJE"}})
	if n := p.setup.Occurrences; n != 5000 {
		t.Errorf("%d occurrences", n)
	}
}

// TestRowsAreOccurrences in both directions.
func TestRowsAreOccurrences(t *testing.T) {
	p := play(t, tuxedo.FML32)
	p.answer.Fields = []tuxedo.Field{
		field("RETURN_CODE", "00000"), field("SERIAL_NO", serial), field("KH", card.Serial), field("LC", "1"), field("ZHBZ", "1"), field("ZLTS", "2"),
		row("CZLX", 0, "A"), row("CCQ", 0, "0"), row("DZ", 0, "0"), row("CD", 0, "0"), row("ZTZ", 0, "9000"), row("MC", 0, "reply"), row("XBZ", 0, "0"), row("QBBZ", 0, "0"), row("SJ", 0, "0084000008"),
		row("CZLX", 1, "W"), row("CCQ", 1, "0"), row("DZ", 1, "32"), row("CD", 1, "1"), row("ZTZ", 1, ""), row("MC", 1, ""), row("XBZ", 1, "1"), row("QBBZ", 1, "1"), row("SJ", 1, "a5"),
	}
	reply, err := p.client.Call(t.Context(), write)
	want := cardsystem.StepsResult{Outcome: mis.Done, Code: "00000", Last: true, Steps: []script.Step{
		{Op: script.APDU, Data: script.Bytes{0, 0x84, 0, 0, 8}, Expect: "9000", Save: "reply"},
		{Op: script.Write, Address: 32, Length: 1, Data: script.Bytes{0xA5}, Changes: true, Purse: true},
	}}
	if d := cmp.Diff(want, reply.Steps); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	same(t, p.call, tuxedo.Call{Service: "W", Fields: append(append([]tuxedo.Field{field("SERIAL_NO", serial)}, factFields()...),
		field("LC", "1"), field("FHTS", "2"), field("MC", "challenge"), field("SJ", "0102"), field("MC", "mac"), field("SJ", "a0"),
	), Want: []string{"RETURN_CODE", "RETURN_MSG", "SERIAL_NO", "KH", "LC", "ZHBZ", "ZLTS", "CZLX", "CCQ", "DZ", "CD", "ZTZ", "MC", "XBZ", "QBBZ", "SJ"}})

	whole := p.answer.Fields
	for name, fields := range map[string][]tuxedo.Field{
		"a row more than said":         append(whole[:len(whole):len(whole)], row("CZLX", 2, "W")),
		"a field of a row twice":       append(whole[:len(whole):len(whole)], row("SJ", 1, "a6")),
		"a serial twice":               append(whole[:len(whole):len(whole)], row("SERIAL_NO", 1, serial)),
		"a row that lacks a field":     slices.Delete(slices.Clone(whole), len(whole)-9, len(whole)-8),
		"a field that was not wanted":  append(whole[:len(whole):len(whole)], field("GDJE", "1")),
		"a row that is numbered wrong": append(whole[:len(whole):len(whole)], row("SJ", -1, "a6")),
	} {
		p.answer.Fields = fields
		if reply, err := p.client.Call(t.Context(), write); !errors.Is(err, tuxedo.ErrNoReply) || reply.Steps.Outcome != mis.Unknown || len(reply.Steps.Steps) > 0 {
			t.Errorf("%s: %+v, %v", name, reply.Steps, err)
		}
	}
}

func same(t *testing.T, got, want tuxedo.Call) {
	t.Helper()
	g, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(g) != string(w) {
		t.Errorf("called\n%s, want\n%s", g, w)
	}
}

// TestBusinessFailure: a service that ends with TPFAIL has said something all the same.
func TestBusinessFailure(t *testing.T) {
	p := play(t, tuxedo.FML32)
	for code, want := range map[string]mis.PostResult{
		"11209": {Outcome: mis.NotDone, Code: "11209", Reason: mis.NotLoaded},
		"11220": {Outcome: mis.NotDone, Code: "11220", Reason: mis.NotNow, Retry: true},
		"11004": {Code: "11004"}, // perhaps by our own call: unknown
		"11201": {Code: "11201"}, // sold first, and encrypted then
		"19999": {Code: "19999"},
		"00000": {}, // a failure that says that it is done
	} {
		p.answer = tuxedo.Answer{Errno: 11, Fields: sold(code, serial)}
		reply, err := p.client.Call(t.Context(), sell)
		if reply.Post != want || errors.Is(err, tuxedo.ErrContradiction) != (code == "00000") || (err == nil) != (code != "00000") {
			t.Errorf("%s: %+v, %v; want %+v", code, reply.Post, err, want)
		}
	}
}

// TestErrorsOfASale: only what says that nothing was sent is not done; everything else may
// have been sold.
func TestErrorsOfASale(t *testing.T) {
	p := play(t, tuxedo.FML32)
	for errno := -1; errno <= 99; errno++ {
		want, wantErr := mis.PostResult{}, tuxedo.ErrNoReply
		switch errno {
		case 3, 4, 6, 8: // TPEBLOCK, TPEINVAL, TPENOENT, TPEPERM
			want, wantErr = mis.PostResult{Outcome: mis.NotDone, Retry: true}, tuxedo.ErrNotSent
		case 0, 11:
			continue
		}
		p.answer = tuxedo.Answer{Errno: errno, Fields: sold("00000", serial)}
		if reply, err := p.client.Call(t.Context(), sell); reply.Post != want || !errors.Is(err, wantErr) {
			t.Errorf("tperrno %d: %+v, %v", errno, reply.Post, err)
		}
	}
}

func TestLostCallIsUnknown(t *testing.T) {
	p := play(t, tuxedo.CArray)
	p.dies = true
	if reply, err := p.client.Call(t.Context(), sell); reply.Post != (mis.PostResult{}) || !errors.Is(err, tuxedo.ErrNoReply) {
		t.Errorf("%+v, %v", reply.Post, err)
	}
}

func TestMistakesInConfiguration(t *testing.T) {
	d, err := fixed.New(hn.Table())
	if err != nil {
		t.Fatal(err)
	}
	for say, change := range map[string]func(*cardtuxedo.Config){
		"no dialect":                            func(c *cardtuxedo.Config) { c.Dialect = nil },
		"service.steps: want a name":            func(c *cardtuxedo.Config) { delete(c.Settings.Service, "steps") },
		"service.post: no such operation":       func(c *cardtuxedo.Config) { c.Settings.Service["post"] = "X" },
		"names.jylsh: dialect hn has no such":   func(c *cardtuxedo.Config) { c.Settings.Names = map[string]string{"jylsh": "X"} },
		"field KH of steps is in the repeated":  func(c *cardtuxedo.Config) { c.Settings.Names = map[string]string{"mc": "KH"} },
		"negative duration, or rows out of bou": func(c *cardtuxedo.Config) { c.Timeout = -1 },
	} {
		cfg := cardtuxedo.Config{Settings: settings(tuxedo.FML32), Dialect: d}
		change(&cfg)
		if _, err := cardtuxedo.New(cfg); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v, want %q", err, say)
		}
	}
}

func TestUnwritableRequestIsNotSent(t *testing.T) {
	p := play(t, tuxedo.String)
	reply, err := p.client.Call(t.Context(), cardsystem.Request{Op: cardsystem.OpSell})
	if want := (mis.PostResult{Outcome: mis.NotDone}); reply.Post != want || !errors.Is(err, tuxedo.ErrNotSent) || p.call.Service != "" {
		t.Errorf("%+v, %v", reply.Post, err)
	}
}

// FuzzAnswer: whatever a library returns, a sale is done only where the reply is one to it,
// for its card and with the count that follows the card's.
func FuzzAnswer(f *testing.F) {
	f.Add(true, 0, 0, "", "00000", serial, card.Serial, "5", "10000", 0)
	f.Add(true, 11, 4, "", "11209", serial, "", "0", "0", 0)
	f.Add(false, 0, 0, "", "000173HK220201", "", "", "", "", 0)
	f.Add(false, 12, 0, "no data", "", "", "", "", "", 3)
	f.Fuzz(func(t *testing.T, fml bool, errno, urcode int, unusable, code, number, chip, count, amount string, at int) {
		b := tuxedo.CArray
		if fml {
			b = tuxedo.FML32
		}
		p := play(t, b)
		p.answer = tuxedo.Answer{Errno: errno, URCode: urcode, Unusable: unusable, Data: []byte(code + number + chip + count + amount), Fields: []tuxedo.Field{
			field("RETURN_CODE", code), field("SERIAL_NO", number), field("SDBH", "SD1"), field("SDKH", chip), field("GDCS", count), field("QBJE", amount),
			field("GDL", "1"),
			{Name: "JZJE", Occurrence: at, Value: []byte(amount)},
		}}
		reply, err := p.client.Call(t.Context(), sell)
		if s := reply.Post.Sold; reply.Post.Outcome == mis.Done && (err != nil || errno != 0 || unusable != "" || number != serial || code != "00000" || s.Card != card.Serial || s.Count != 5 || s.Amount <= 0) {
			t.Fatalf("done: %+v, %v", reply.Post, err)
		}
		if err != nil && reply.Post.Outcome == mis.Unknown && reply.Post != (mis.PostResult{}) {
			t.Fatalf("%+v, %v", reply.Post, err)
		}
	})
}
