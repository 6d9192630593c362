package metercard

import (
	"fmt"
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/crt310"
	"wattkiosk/hal/card/crt310/crt310sim"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/card/crt571/crt571sim"
	"wattkiosk/hal/card/pcsc"
	"wattkiosk/hal/card/pcsc/pcscsim"
	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
)

// reader is a real driver on its simulator, and the forms of card that it works.
type reader struct {
	forms  []metercard.Form
	slot   func() cardtest.Device
	driver func() card.Engine
}

func readers() map[string]reader {
	cpu, sle, at88 := metercard.CPU, metercard.SLE4442, metercard.AT88SC102

	return map[string]reader{
		"crt571": {
			[]metercard.Form{cpu, sle},
			func() cardtest.Device { return crt571sim.New(crt571sim.Config{}) },
			func() card.Engine { return crt571.New(crt571.Config{}) },
		},
		"crt310": {
			[]metercard.Form{cpu},
			func() cardtest.Device { return crt310sim.New(crt310sim.Config{}) },
			func() card.Engine { return crt310.New(crt310.Config{}) },
		},
		"pcsc": {
			[]metercard.Form{cpu, sle, at88},
			func() cardtest.Device { return pcscsim.New(noon, pcscsim.Config{ACR: true}) },
			func() card.Engine { return pcsc.New(pcsc.Config{PseudoAPDU: pcsc.ACR}) },
		},
	}
}

// TestRealDrivers has the desk at each driver: a purchase, a card that is pulled out at
// every third order, and a power cut of the kiosk there.
func TestRealDrivers(t *testing.T) {
	for name, reader := range readers() {
		for _, form := range reader.forms {
			for what, do := range map[string]func(r *rig){"nothing": nil, "pulled": func(r *rig) { r.pull() }, "power": func(*rig) { panic(errPower) }} {
				t.Run(fmt.Sprintf("%s, %s, %s", name, form, what), func(t *testing.T) {
					t.Parallel()
					for k := 1; ; k += 3 {
						r := newRigAt(t, form, reader.slot(), reader.driver)
						r.wants = true
						r.until(Ready)
						if f := r.d.Face().Facts; f != r.facts() {
							t.Fatalf("read %+v", f)
						}
						r.pays()
						happened := false
						if do != nil {
							r.at[r.orders+k] = func() { happened = true; do(r) }
						}
						if r.cut(func() { r.sells(); r.ends() }) {
							if d, ok := r.slot.(*pcscsim.Device); ok {
								d.HostRestarted(r.now)
							}
							r.start()
							r.ends()
						}
						r.honest()
						if r.txn().Status() != payments.Posted {
							t.Errorf("at order %d: %+v, %q, %q", k, r.txn().Write, r.did, r.faces)
						}
						if !happened {
							return
						}
					}
				})
			}
		}
	}
}
