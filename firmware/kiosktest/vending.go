package kiosktest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"time"

	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// vending is head office's side of purchases: the card-meter system behind real frames,
// with its own ledger and its own encryption service.
type vending struct {
	o       *office
	sim     *cardsystemsim.Server
	key     ed25519.PrivateKey // of head office, which signs the steps
	checkAt time.Time          // the next look at reports
	calls   int
	lost    int // orders to sell, of the plan's

	encrypt    [3]cardsystemsim.Encryptor // the right one, and two that have the purse written first
	rng        *rand.Rand                 // of which of them works
	encryptors map[string]int             // by sale: which does, in this stay of its card
}

// newVending is nil where no power is bought.
func newVending(o *office) *vending {
	if !o.w.plan.Power {
		return nil
	}
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = byte(o.w.seed)
	v := &vending{o: o, key: ed25519.NewKeyFromSeed(seed), rng: rand.New(rand.NewPCG(o.w.seed, 0x70757273)), encryptors: map[string]int{}}
	keys := meterissuersim.TestKeys()
	v.encrypt = [...]cardsystemsim.Encryptor{
		meterissuersim.NewIssuer(keys).Steps, meterissuersim.NewIssuer(keys).PurseFirst(false).Steps, meterissuersim.NewIssuer(keys).PurseFirst(true).Steps,
	}
	v.sim = cardsystemsim.New(cardsystemsim.Config{
		Now: func() time.Time { return o.w.now }, Rand: o.w.rng, Slow: 40 * time.Second, Empty: true,
		Encryptor: v.steps,
	})
	register(v.sim, o.w.homes)

	return v
}

// steps makes a round of steps. By the plan it is now and then one that must not be carried out.
func (v *vending) steps(o cardsystem.StepsOrder, sold metercard.Sold) cardsystem.StepsResult {
	if o.Round == 0 {
		v.encryptors[o.Serial] = 0
		if w := v.o.w; !w.calm && v.rng.Float64() < w.plan.Disordered {
			v.encryptors[o.Serial] = 1 + v.rng.IntN(2)
			w.logf("the card-meter system has the purse of %s written first", o.Card.Serial)
		}
	}

	return v.encrypt[v.encryptors[o.Serial]](o, sold)
}

// public is the key that kiosks check steps by.
func (v *vending) public() ed25519.PublicKey {
	if v == nil {
		return nil
	}

	return v.key.Public().(ed25519.PublicKey)
}

func (v *vending) boot() {
	if v == nil {
		return
	}
	v.o.desk.SignWith(v.key)
	v.checkAt = v.o.w.now
}

func (v *vending) wake() time.Time {
	if v == nil || !v.o.up {
		return time.Time{}
	}

	return v.checkAt
}

// run tells the card-meter system how writings ended.
func (v *vending) run() {
	if v == nil || !v.o.up || v.checkAt.IsZero() || v.o.w.now.Before(v.checkAt) {
		return
	}
	reports, wait := v.o.desk.Reports(context.Background())
	for _, r := range reports {
		v.call(r.Request, func(reply cardsystem.Reply, err error) {
			v.o.desk.Reported(context.Background(), r, reply, err)
		})
	}
	v.checkAt = v.o.w.now.Add(wait)
}

// calm ends the faults of the card-meter system.
func (v *vending) calm() {
	if v == nil {
		return
	}
	for _, f := range cardsystemsim.Faults() {
		must(v.sim.Set(f, false))
	}
}

// quote answers what a card may buy.
func (v *vending) quote(r wire.Request) {
	call, e := gateway.QuoteCall(r)
	if e != nil {
		v.o.fail("the kiosk sent a bad question about a card: %v", e)
		return
	}
	v.call(call, func(reply cardsystem.Reply, err error) {
		q, e := v.o.desk.Quoted(context.Background(), Terminal, call, reply, err)
		q.NotNow = v.o.codes.notNow()
		v.o.answer(r, q, e)
	})
}

// ask answers the next round of steps.
func (v *vending) ask(r wire.Request) {
	q, e := v.o.desk.TakeSteps(context.Background(), Terminal, r)
	if e != nil || q.Answer != nil {
		v.o.answer(r, q.Answer, e)
		return
	}
	v.call(q.Request, func(reply cardsystem.Reply, err error) {
		s, e := v.o.desk.Stepped(q, reply, err)
		v.o.answer(r, s, e)
	})
}

// sell makes a call of a posting.
func (v *vending) sell(c gateway.Call) {
	v.call(gateway.SaleCall(c.Request), func(reply cardsystem.Reply, err error) {
		v.o.answered(c, gateway.SaleReply(c.Request, reply), err)
	})
}

// call carries one request to the card-meter system and its reply back, as frames, with
// the deadline of the socket client. A reply without an answer is an error.
func (v *vending) call(r cardsystem.Request, done func(cardsystem.Reply, error)) {
	w, life := v.o.w, v.o.life
	finished := false
	finish := func(reply cardsystem.Reply, err error) {
		if !finished && v.o.life == life {
			finished = true
			reply.Op = r.Op
			done(reply, err)
		}
	}
	if v.sim.On(cardsystemsim.Down) {
		w.todo.at(w.now.Add(50*time.Millisecond), func() {
			lost := cardsystem.Reply{}
			if r.Op == cardsystem.OpSell { // refused before a byte left
				lost.Post = mis.PostResult{Outcome: mis.NotDone, Retry: true}
			}
			finish(lost, errRefused)
		})

		return
	}

	v.calls++
	id, d := fmt.Sprintf("%032x", v.calls), v.sim.Dialect()
	wired, err := d.EncodeRequest(id, r)
	must(err)
	frame, err := d.ReadFrame(bytes.NewReader(wired))
	must(err)
	w.todo.at(w.now.Add(misTimeout), func() { finish(cardsystem.Reply{}, errSilent) })
	if r.Op == cardsystem.OpSell && v.lost < w.plan.LostSales {
		v.lost++
		w.kiosk().cutLine()

		return
	}
	w.todo.at(w.now.Add(between(w.rng, 10*time.Millisecond, 800*time.Millisecond)), func() {
		if w.plan.NoSale && r.Op == cardsystem.OpSell {
			must(v.sim.SetFor(cardsystemsim.Error, 1))
		}
		for _, resp := range v.sim.Handle(frame) {
			w.todo.at(w.now.Add(resp.After+between(w.rng, 10*time.Millisecond, 800*time.Millisecond)), func() {
				back, err := d.ReadFrame(bytes.NewReader(resp.Frame))
				if err != nil { // what cannot be a frame is no answer
					finish(cardsystem.Reply{}, err)
					return
				}
				reply, err := d.DecodeReply(id, r, back)
				finish(reply, err)
			})
		}
	})
}

// sold is what the card-meter system has of an account that stands.
func (v *vending) sold(account string) (all []cardsystemsim.Entry, total money.Amount) {
	for _, e := range v.sim.Ledger().Entries {
		if e.Account == account && !e.Reversed {
			all = append(all, e)
			total += e.Amount
		}
	}

	return all, total
}
