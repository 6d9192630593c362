package bench_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wattkiosk/hal"
	"wattkiosk/hal/bench"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ccnet"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/port"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/hal/setting"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick makes devices that do in milliseconds what takes seconds. What the
// driver must see lasts longer than its poll interval of 100 ms.
func quick() bench.Config {
	const ms = time.Millisecond
	return bench.Config{
		Validator: billsim.Config{
			ReplyDelay: ms, BootTime: 20 * ms, InitTime: 50 * ms, AcceptTime: 20 * ms, RejectTime: 400 * ms,
			LeverTime: 10 * ms, StackTime: 20 * ms, ReturnTime: 20 * ms,
		},
		Printer: escpossim.Config{MMPerSecond: 5000, CutTime: 10 * ms, Boot: 20 * ms},
	}
}

func open(t *testing.T) (*bench.Bench, string) {
	t.Helper()
	dir := t.TempDir()
	b, err := bench.OpenWith(dir, quick())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b, dir
}

// pump runs a driver on a port of the bench until the test ends.
func pump[Cmd hal.Command[Ev], Ev any](t *testing.T, path string, eng interface {
	Do(time.Time, Cmd) error
	Advance(time.Time, []byte) ([]byte, []Ev)
	Wake() time.Time
},
) (chan<- Cmd, <-chan Ev) {
	t.Helper()
	return pumpOn[Cmd, Ev](t, func(context.Context) (port.Port, error) { return port.OpenSerial(path, port.Mode{}) }, eng)
}

// pumpOn is pump for a port that is opened otherwise.
func pumpOn[Cmd hal.Command[Ev], Ev any](t *testing.T, open func(context.Context) (port.Port, error), eng interface {
	Do(time.Time, Cmd) error
	Advance(time.Time, []byte) ([]byte, []Ev)
	Wake() time.Time
},
) (chan<- Cmd, <-chan Ev) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmds, events, done := make(chan Cmd), make(chan Ev, 64), make(chan error, 1)
	go func() {
		done <- port.Run(ctx, open, eng, cmds, func(e Ev) { events <- e }, time.Now, port.Options{})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("pump: %v", err)
		}
	})
	return cmds, events
}

// await reads events up to the first one that is wanted.
func await[Ev any](t *testing.T, events <-chan Ev, wanted func(Ev) bool) Ev {
	t.Helper()
	timeout := time.After(10 * time.Second)
	var seen []Ev
	for {
		select {
		case e := <-events:
			if wanted(e) {
				return e
			}
			seen = append(seen, e)
		case <-timeout:
			t.Fatalf("event did not come; saw %+v", seen)
		}
	}
}

func kind(k bill.Kind) func(bill.Event) bool {
	return func(e bill.Event) bool { return e.Kind == k }
}

func TestNoteIsStackedThroughTheLine(t *testing.T) {
	t.Parallel()
	b, dir := open(t)
	cmds, events := pump[bill.Command, bill.Event](t, filepath.Join(dir, "dev", "validator"), ccnet.New(ccnet.Config{}))
	await(t, events, kind(bill.Disabled))
	if err := b.InsertNote(10000, "genuine"); !bench.Refused(err) {
		t.Errorf("a note into a disabled validator: %v, want a refusal", err)
	}
	cmds <- bill.Command{Op: bill.Enable, Values: []int64{5000, 10000}}
	await(t, events, kind(bill.Idling))
	if err := b.InsertNote(10000, "genuine"); err != nil {
		t.Fatal(err)
	}
	if e := await(t, events, kind(bill.Escrowed)); e.Value != 10000 {
		t.Errorf("escrowed %d fen, want 10000", e.Value)
	}
	cmds <- bill.Command{Op: bill.Stack}
	if e := await(t, events, kind(bill.Stacked)); e.Value != 10000 {
		t.Errorf("stacked %d fen, want 10000", e.Value)
	}
	cmds <- bill.Command{Op: bill.Confirm}
	await(t, events, kind(bill.Idling))
	if err := b.InsertNote(5000, "suspect"); err != nil {
		t.Fatal(err)
	}
	await(t, events, kind(bill.Rejected))
	await(t, events, kind(bill.Idling))

	s := b.State()
	if !slices.Equal(s.Validator.Cassette, []int64{10000}) || s.Validator.Total != 10000 || !slices.Equal(s.Validator.Returned, []int64{5000}) {
		t.Errorf("validator %+v", s.Validator)
	}
	if got := b.EmptyCassette(); !slices.Equal(got, []int64{10000}) {
		t.Errorf("cassette held %v", got)
	}
}

func TestPowerCutAndPowerUp(t *testing.T) {
	t.Parallel()
	b, dir := open(t)
	cmds, events := pump[bill.Command, bill.Event](t, filepath.Join(dir, "dev", "validator"), ccnet.New(ccnet.Config{}))
	await(t, events, kind(bill.Disabled))
	cmds <- bill.Command{Op: bill.Enable}
	await(t, events, kind(bill.Idling))
	if err := b.InsertNote(2000, "genuine"); err != nil {
		t.Fatal(err)
	}
	await(t, events, kind(bill.Escrowed))
	b.Power(false)
	await(t, events, kind(bill.Silent))
	if err := b.InsertNote(2000, "genuine"); !bench.Refused(err) {
		t.Errorf("a note without power: %v, want a refusal", err)
	}
	b.Power(true)
	await(t, events, kind(bill.PoweredUpInValidator))
	cmds <- bill.Command{Op: bill.Confirm}
	await(t, events, kind(bill.Idling)) // enabled as before
	if s := b.State(); !s.Power || len(s.Validator.Cassette) != 0 || !slices.Equal(s.Validator.Returned, []int64{2000}) {
		t.Errorf("state %+v", s)
	}
}

// TestPlainValidator: a validator without extended notes reports numbers, and the driver
// knows from its configuration what they are worth.
func TestPlainValidator(t *testing.T) {
	t.Parallel()
	cfg, dir := quick(), t.TempDir()
	cfg.Driver, cfg.Plain = "ebds", true
	b, err := bench.OpenWith(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	d, err := driver.Find("ebds", driver.Validators())
	if err != nil {
		t.Fatal(err)
	}
	dev, err := d.New("", setting.Table{"plain_notes": []any{int64(1), int64(5), int64(10), int64(20), int64(50), int64(100), int64(0)}})
	if err != nil {
		t.Fatal(err)
	}
	cmds, events := pump[bill.Command, bill.Event](t, filepath.Join(dir, "dev", "validator"), dev.Engine)
	cmds <- bill.Command{Op: bill.Enable, Values: []int64{2000}}
	await(t, events, kind(bill.Idling))
	if err := b.InsertNote(2000, "genuine"); err != nil {
		t.Fatal(err)
	}
	if e := await(t, events, kind(bill.Escrowed)); e.Value != 2000 {
		t.Errorf("escrowed %d fen, want 2000", e.Value)
	}
}

func TestSlipIsPrinted(t *testing.T) {
	t.Parallel()
	b, dir := open(t)
	cmds, events := pump[printer.Command, printer.Event](t, filepath.Join(dir, "dev", "printer"), escpos.New(escpos.Config{PollIdle: 100 * time.Millisecond}))
	await(t, events, func(e printer.Event) bool { return e.Kind == printer.StatusChanged && e.Status.CanPrint() })
	cmds <- printer.Command{ID: "slip-1", Page: printer.Page{Lines: []printer.Line{{Text: "PAID 128.50"}}}}
	await(t, events, func(e printer.Event) bool { return e.Kind == printer.Printed && e.ID == "slip-1" })
	slips := b.Slips()
	if len(slips) != 1 || !strings.Contains(slips[0].Text(), "PAID 128.50") {
		t.Fatalf("%d slips: %+v", len(slips), slips)
	}
	if s, ok := b.Slip(slips[0].Number); !ok || s.Text() != slips[0].Text() {
		t.Errorf("slip %d was not found", slips[0].Number)
	}
	if _, ok := b.Slip(99); ok {
		t.Error("a slip that was not printed was found")
	}
	if err := b.PrinterFault("paper-out", false); err != nil {
		t.Fatal(err)
	}
	await(t, events, func(e printer.Event) bool {
		return e.Kind == printer.StatusChanged && e.Status.Paper == printer.PaperOut
	})
}

func TestStateAsJSON(t *testing.T) {
	t.Parallel()
	b, dir := open(t)
	if err := b.Door(true); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "dev", "gpio", "door")); err != nil || string(got) != "1\n" {
		t.Errorf("door file %q, %v", got, err)
	}
	for _, err := range []error{
		b.ValidatorFault("jam", false), b.ValidatorFault("cassette-full", false), b.ValidatorFault("cassette-full", true),
		b.PrinterFault("cover", false), b.CardFault(bench.BankSlot, "jam", false), b.CardFault(bench.BankSlot, "lost-reply", false), b.PinpadFault("tamper", false),
		os.WriteFile(filepath.Join(dir, "dev", "gpio", "cash-light"), []byte("1"), 0o600),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if b.ValidatorFault("gremlin", false) == nil || b.PrinterFault("gremlin", false) == nil ||
		b.CardFault(bench.BankSlot, "gremlin", false) == nil || b.PinpadFault("gremlin", false) == nil {
		t.Error("an unknown fault was taken")
	}
	got, err := json.Marshal(b.State())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"power":true,"door":true,` +
		`"validator":{"cassette":[],"number":"","out":false,"taken":0,"total":0,"returned":[],"in_path":0,"faults":["jam"]},` +
		`"printer":{"slips":0,"faults":["cover"]},"card":{"faults":["jam"]},"meter_card":{"faults":[]},"pinpad":{"asking":false,"marks":0,"macs":0,"faults":["tamper"]},` +
		`"outputs":{"buzzer":false,"card-light":false,"cash-light":true,"meter-light":false,"peripherals":false,"slip-light":false},` +
		`"inputs":{"door":true,"mains":true,"safe-door":false,"tamper":false,"vibration":false},` +
		`"drawer":["bank-1","bank-2","bank-3","bank-4","bank-5","bank-6","bank-7","bank-8","bank-9","memory-1","meter-1","meter-102","meter-2","meter-4442","meter-blank","meter-open","meter-other"],"reader":[],"cards":[` +
		`{"id":"bank-1","kind":"bank","where":"drawer","chip":true,"stripe":"622588******0019=*****************","pan":"622588******0019",` +
		`"count":0,"tries":3,"scripts":0,"applications":[{"label":"PBOC DEBIT","pan":"622588******0019","count":0,"tries":3,"scripts":0}]},`
	if !strings.HasPrefix(string(got), want) {
		t.Errorf("state\n%s\nwant\n%s…", got, want)
	}
	const last = `{"id":"meter-open","kind":"meter","where":"drawer","chip":true,"count":1,"tries":0,"scripts":0,"form":"cpu","for":"open-account","meter_no":"000000000106","purse":2000},` +
		`{"id":"meter-other","kind":"meter","where":"drawer","chip":true,"count":9,"tries":0,"scripts":0,"form":"cpu","for":"purchase","meter_no":"000000770001","purse":2000,"loaded":9,"left":1240}]}`
	if !strings.HasSuffix(string(got), last) {
		t.Errorf("state\n%s\nwant\n…%s", got, last)
	}
}

func TestCloseRemovesTheLinks(t *testing.T) {
	dir := t.TempDir()
	b, err := bench.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	for _, name := range []string{"validator", "printer"} {
		if _, err := os.Lstat(filepath.Join(dir, "dev", name)); !os.IsNotExist(err) {
			t.Errorf("%s: %v, want it gone", name, err)
		}
	}
}
