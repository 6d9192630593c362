package joint

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ccnet"
	"wattkiosk/hal/bill/ccnet/ccnetsim"
	"wattkiosk/hal/bill/cctalk"
	"wattkiosk/hal/bill/cctalk/cctalksim"
	"wattkiosk/hal/bill/ebds"
	"wattkiosk/hal/bill/ebds/ebdssim"
	"wattkiosk/hal/bill/id003"
	"wattkiosk/hal/bill/id003/id003sim"
	"wattkiosk/hal/bill/ssp"
	"wattkiosk/hal/bill/ssp/sspsim"
)

// unplugged is a line without a device.
type unplugged struct{ billtest.Device }

func (unplugged) Receive(time.Time, []byte)             {}
func (unplugged) Advance(time.Time) []byte              { return nil }
func (unplugged) Wake() time.Time                       { return time.Time{} }
func (unplugged) Insert(time.Time, int64, string) error { return fmt.Errorf("no device") }

// ebdsNotes is a note table of an EBDS device.
func ebdsNotes(currency string, values ...int64) (notes []ebds.Note) {
	for i, v := range values {
		notes = append(notes, ebds.Note{Index: byte(i + 1), Currency: [3]byte([]byte(currency)), Value: v})
	}
	return notes
}

// reversed are the five validators with their denominations in another order.
var reversed = []validator{
	{name: "ccnet", driver: newCCNET, device: func() billtest.Device {
		return ccnetsim.New(ccnetsim.Config{Table: ccnet.Table{0: 10000, 2: 5000, 3: 2000, 4: 1000, 5: 500, 6: 100}, Serial: "000000000002"})
	}},
	{name: "id003", driver: newID003, device: func() billtest.Device {
		return id003sim.New(id003sim.Config{Table: id003.Table{10000, 5000, 2000, 1000, 500, 100}})
	}},
	{name: "ssp", driver: newSSP, device: func() billtest.Device {
		return sspsim.New(sspsim.Config{Table: ssp.Table{10000, 5000, 2000, 1000, 500, 100}, Serial: 2})
	}},
	{name: "ebds", driver: newEBDS, device: func() billtest.Device {
		return ebdssim.New(ebdssim.Config{Notes: ebdsNotes("CNY", 10000, 5000, 2000, 1000, 500, 100)})
	}},
	{name: "cctalk", driver: newCCTalk, device: func() billtest.Device {
		return cctalksim.New(cctalksim.Config{Table: cctalk.Table{10000, 5000, 2000, 1000, 500, 100}})
	}},
}

// benches are what the validator that is plugged in went through before.
var benches = []struct {
	name string
	do   func(r *billtest.Rig)
}{
	{"power only", func(r *billtest.Rig) { r.Device.Advance(r.Now.Add(20 * time.Second)) }},
	{"reset", func(r *billtest.Rig) { r.RunFor(20 * time.Second) }},
	{"tested", func(r *billtest.Rig) {
		r.RunFor(20 * time.Second)
		r.Do(bill.Enable)
		r.RunFor(20 * time.Second)
		r.Do(bill.Disable)
		r.RunFor(20 * time.Second)
	}},
}

// TestAnotherValidator: a technician unplugs the validator of the running kiosk and plugs
// another one in, which numbers its notes in the reverse order. Each note is credited
// with what it is worth.
func TestAnotherValidator(t *testing.T) {
	for i, v := range usual {
		for _, bench := range benches {
			t.Run(v.name+"/"+bench.name, func(t *testing.T) {
				b := billtest.NewRig(t, v.driver, reversed[i].device())
				b.Now = epoch
				b.Device.PowerOn(b.Now)
				bench.do(b)

				r := newRig(t, v)
				if v.name == "ssp" {
					r = join(t, v.driver, sspsim.New(sspsim.Config{Serial: 1}))
				}
				r.ready()
				r.Device = unplugged{r.Device}
				r.pass(20*time.Second, step)
				if r.Now.Before(b.Now) {
					r.pass(b.Now.Sub(r.Now), time.Second)
				}
				r.Device = b.Device
				r.pass(40*time.Second, step)

				if !r.toCash() {
					t.Fatalf("no cash is taken: blocks %v", r.core.Status().Blocks)
				}
				c := &customer{notes: []int64{10000, 1000, 5000}, obeys: true}
				for begin := r.Now; r.Now.Sub(begin) < time.Minute; {
					c.pushes(r)
					r.pass(step, step)
				}
				r.settle()
				if got := r.audit("another " + v.name).credited; !slices.Equal(got, []int64{10000, 1000, 5000}) {
					t.Errorf("credited %v, want the three notes as they are", got)
				}
			})
		}
	}
}

// TestAnotherNoteAfterASilence: the line dies while a note is being stacked, and when it is
// back another device is on it, with a note of the same or of another value in its escrow.
// The first note is somebody's: it is not taken for the second one.
func TestAnotherNoteAfterASilence(t *testing.T) {
	for _, v := range validators {
		for _, second := range []int64{10000, 2000} {
			for _, cut := range []bool{false, true} {
				r := newRig(t, v)
				r.ready()
				r.toCash()
				c := &customer{notes: []int64{10000}, obeys: true}
				for begin := r.Now; r.Now.Sub(begin) < 20*time.Second && r.Count(bill.Stacking) == 0; {
					c.pushes(r)
					r.pass(10*time.Millisecond, 10*time.Millisecond)
				}
				first := r.Device
				r.Device = unplugged{first}
				r.pass(20*time.Second, step)

				b := billtest.NewRig(t, v.driver, v.device())
				b.Now = r.Now
				b.Device.PowerOn(b.Now)
				b.Await(bill.Disabled)
				b.Do(bill.Enable)
				b.Await(bill.Idling)
				if err := b.Device.Insert(b.Now, second, billtest.Genuine); err != nil {
					t.Fatal(err)
				}
				b.Await(bill.Escrowed)
				if cut {
					b.Device.PowerCut(b.Now)
					b.Device.PowerOn(b.Now)
				}
				if r.Now.Before(b.Now) {
					r.pass(b.Now.Sub(r.Now), step)
				}
				r.Device = b.Device
				r.settle()

				what := fmt.Sprintf("%s, then another note of %d, power cut %v", v.name, second, cut)
				first.Advance(r.Now)
				got := r.books()
				booked := slices.Concat(got.credited, got.found, got.doubt)
				if !slices.Contains(booked, 10000) || slices.Contains(got.returned, 10000) && !slices.Contains(got.doubt, 10000) {
					t.Errorf("%s: nobody owes the first note: journal %+v, second device: cassette %v, returned %v; events %v",
						what, got, b.Device.Cassette(), b.Device.Returned(), r.Events)
				}
			}
		}
	}
}

// foreign are the five validators with notes of another country.
var foreign = []validator{
	{name: "ccnet", driver: newCCNET, device: func() billtest.Device { return ccnetsim.New(ccnetsim.Config{Country: "QAT"}) }},
	{name: "id003", driver: newID003, device: func() billtest.Device { return id003sim.New(id003sim.Config{Country: 0x01}) }},
	{name: "ssp", driver: newSSP, device: func() billtest.Device { return sspsim.New(sspsim.Config{Country: "EUR"}) }},
	{name: "ebds", driver: newEBDS, device: func() billtest.Device { return ebdssim.New(ebdssim.Config{Notes: ebdsNotes("USD", 10000)}) }},
	{name: "cctalk", driver: newCCTalk, device: func() billtest.Device { return cctalksim.New(cctalksim.Config{Country: "EU"}) }},
}

// TestForeignNotes: a validator that knows none of our notes blocks cash before a customer
// is asked for any, and still does after the next power cut.
func TestForeignNotes(t *testing.T) {
	for _, v := range foreign {
		r := newRig(t, v)
		r.ready()
		if !slices.Contains(r.core.Status().Blocks, "validator") {
			t.Errorf("%s: blocks %v, want validator", v.name, r.core.Status().Blocks)
		}
		r.hostOff()
		r.hostOn()
		r.ready()
		if on, _ := r.alarms(); on == 0 {
			t.Errorf("%s: no alarm", v.name)
		}
		r.asksInVain(v.name)
	}
}
