package joint

import (
	"encoding/json"
	"flag"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/printer"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// epoch is when each scenario starts.
var epoch = time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)

// logEvents logs what the validator reports and what it is ordered.
var logEvents = flag.Bool("events", false, "log each event and order")

// step is how often the customer and the core's timers are looked at.
const step = 50 * time.Millisecond

var config = kiosk.Config{
	Terminal: "10000001", Version: "test", Hotline: "95598", Zone: time.UTC, Lang: receipt.Chinese,
	Denominations: []money.Amount{1000, 2000, 5000, 10000}, MaxTotal: 500000,
}

// rig is a kiosk with its validator, on the clock of the line between them.
type rig struct {
	*billtest.Rig
	t       *testing.T
	journal *journaltest.Memory
	core    *kiosk.Core
	// tooMany: the device may seem to report a note of unknown value too many.
	tooMany bool
}

// newRig starts a kiosk and a device that has just got its power.
func newRig(t *testing.T, v validator) *rig {
	t.Helper()
	return join(t, v.driver, v.device())
}

func join(t *testing.T, driver func() bill.Engine, device billtest.Device) *rig {
	t.Helper()
	r := &rig{Rig: billtest.NewRig(t, driver, device), t: t}
	r.Now, r.HoldReturns = epoch, true
	r.journal = journaltest.NewMemory(journal.Options{
		Kiosk: config.Terminal, Pinned: kiosk.Pinned,
		Clock: func() time.Time { return r.Now },
		Trust: func() record.Trust { return record.Synchronised },
	})
	r.OnEvent = func(e bill.Event) {
		if *logEvents {
			t.Logf("%8.3f %v %d %s", r.Now.Sub(epoch).Seconds(), e.Kind, e.Value, e.Detail)
		}
		r.handle(kiosk.Validator{Event: e})
	}
	device.PowerOn(r.Now)
	r.boot()
	return r
}

// boot starts the core over the journal as it is.
func (r *rig) boot() {
	r.t.Helper()
	core, effects, err := kiosk.New(config, r.journal, r.Now)
	if err != nil {
		r.t.Fatal(err)
	}
	r.core = core
	r.carryOut(effects)
	r.handle(kiosk.Printer{Event: printer.Event{Kind: printer.StatusChanged, Status: printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}}})
	r.handle(kiosk.Link{Up: true})
}

// hostOff and hostOn are a power cut of the kiosk.
func (r *rig) hostOff() {
	r.HostOff()
	r.core = nil
}

func (r *rig) hostOn() {
	r.HostOn()
	r.journal = r.journal.Reopen()
	r.boot()
}

func (r *rig) handle(e kiosk.Event) {
	if r.core != nil {
		r.carryOut(r.core.Handle(r.Now, e))
	}
}

// carryOut gives the validator its orders, and answers what the account is asked for. An
// order that the driver refuses comes back as an event, as the pump has it.
func (r *rig) carryOut(effects []kiosk.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case kiosk.OrderValidator:
			if r.Engine == nil {
				continue
			}
			if *logEvents {
				r.t.Logf("%8.3f     %v", r.Now.Sub(epoch).Seconds(), e.Op)
			}
			if err := r.Engine.Do(r.Now, e.Command); err != nil {
				r.handle(kiosk.Validator{Event: e.Command.Refused(err)})
			}
		case kiosk.Ask:
			if e.Op == wire.OpVerify {
				body, _ := json.Marshal(wire.VerifyResult{Payable: true, Account: account, Name: "张**", Arrears: 12850})
				r.handle(kiosk.Reply{Reply: wire.Reply{V: 1, ID: e.ID, Body: body}})
			}
		case kiosk.Restart:
			r.t.Fatalf("the core wants to be started again: %v", e.Err)
		}
	}
}

const account = "1000000001"

// touch touches the screen, and reports whether it was offered.
func (r *rig) touch(name string, args ...string) bool {
	if r.core == nil {
		return false
	}
	i := page.Intent{Rev: r.core.View().Rev, Name: name, Args: map[string]string{}}
	for k := 0; k+1 < len(args); k += 2 {
		i.Args[args[k]] = args[k+1]
	}
	effects, err := r.core.Touch(r.Now, i)
	r.carryOut(effects)
	return err == nil
}

// toCash has a customer walk up and choose to pay in cash, and waits for the slot.
func (r *rig) toCash() bool {
	r.t.Helper()
	r.touch("start")
	r.touch("pay-bill")
	r.touch("account", "number", account)
	r.touch("confirm")
	r.touch("tender", "kind", "cash")
	r.pass(4*time.Second, 100*time.Millisecond)
	return r.core.View().Screen == page.InsertCash
}

// pass lets time pass. The core's timers run at the end of a stretch in which they were
// due, as they do in the program.
func (r *rig) pass(d, stretch time.Duration) {
	r.t.Helper()
	for end := r.Now.Add(d); r.Now.Before(end); {
		r.RunFor(min(stretch, end.Sub(r.Now)))
		if r.core == nil {
			continue
		}
		if due := r.core.Wake(); !due.IsZero() && !r.Now.Before(due) {
			r.handle(kiosk.Tick{})
		}
	}
}

// ready runs until the device has initialised.
func (r *rig) ready() { r.t.Helper(); r.pass(40*time.Second, time.Second) }

// settle ends the payment and gives everything its time.
func (r *rig) settle() {
	r.t.Helper()
	r.touch("finish-cash")
	r.touch("cancel")
	r.pass(5*time.Minute, 5*time.Second)
}

// takesNotes says that the screen asks for a note and none is on its way.
func (r *rig) takesNotes() bool {
	if r.core == nil {
		return false
	}
	v := r.core.View()
	return v.Field("taking_notes") == true && v.Field("note_moving") == false
}

// customer has notes to pay with, in their order.
type customer struct {
	notes []int64
	// obeys: puts a note in only when the screen asks for it, instead of whenever the
	// slot takes it.
	obeys bool
}

// pushes puts the next note in, if it can be.
func (c *customer) pushes(r *rig) {
	if len(c.notes) == 0 || c.obeys && !r.takesNotes() {
		return
	}
	if r.Device.Insert(r.Now, c.notes[0], billtest.Genuine) == nil {
		c.notes = c.notes[1:]
	}
}
