package kiosktest

import (
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/posp/pospsim"
)

// Swarm draws a short day that is about few things: one way to pay or one service, and some
// kinds of trouble, each often, where a day of Storm has a little of everything. What takes
// two rare mishaps in a row comes about on such a day.
// about names the scene; empty draws it.
func Swarm(rng *rand.Rand, customers int, about string) Plan {
	p := Plan{Customers: customers, Hurry: rng.IntN(3) > 0, Hold: 0.1}
	of := scenes[rng.IntN(len(scenes))]
	if i := slices.IndexFunc(scenes, func(s scene) bool { return s.name == about }); i >= 0 {
		of = scenes[i]
	}
	p = of.set(rng, p)
	kinds := of.mishaps
	for range 1 + rng.IntN(3) {
		kinds[rng.IntN(len(kinds))](rng, &p)
	}
	if p.Fate != NoFate {
		p = p.With(p.Fate)
	}
	if p.Restore > 0 {
		p.Retention = 0
	}
	p.Public = p.Cards && of.name == "refunds" && rng.IntN(3) == 0 // last, so that the other days stay as they were

	return p
}

// mishap makes a day worse in one way.
type mishap func(*rand.Rand, *Plan)

// scene is what a day is about, and what may go wrong on it.
type scene struct {
	name    string
	set     func(*rand.Rand, Plan) Plan
	mishaps []mishap
}

// often is a rate for a day that is about little else.
func often(rng *rand.Rand) float64 { return 0.4 + 0.6*rng.Float64() }

// some draws one to three of a list.
func some[T ~string](rng *rand.Rand, list []T) (few []string) {
	for range 1 + rng.IntN(3) {
		few = append(few, string(list[rng.IntN(len(list))]))
	}

	return few
}

// What may go wrong on any day.
var (
	powerGoes    = func(rng *rand.Rand, p *Plan) { p.PowerCut = often(rng) }
	programDies  = func(rng *rand.Rand, p *Plan) { p.ProcessKill = often(rng) }
	lineGoes     = func(rng *rand.Rand, p *Plan) { p.LineCut = often(rng) }
	officeDies   = func(rng *rand.Rand, p *Plan) { p.OfficeKill = often(rng) }
	officeIsOld  = func(rng *rand.Rand, p *Plan) { p.Restore = 0.2 + 0.5*rng.Float64() }
	peopleAct    = func(rng *rand.Rand, p *Plan) { p.Operator = 1 }
	clockIsWrong = func(rng *rand.Rand, p *Plan) { p.Clock = 0.5 * often(rng) }
	officeClock  = func(rng *rand.Rand, p *Plan) { p.OfficeClock = often(rng) }
	diskIsFull   = func(rng *rand.Rand, p *Plan) { p.DiskFull = 0.4 * often(rng) }
	messages     = func(rng *rand.Rand, p *Plan) {
		p.Loss, p.Duplicate, p.Slow = 0.2*rng.Float64(), often(rng), 0.3*rng.Float64()
	}
	devices  = func(rng *rand.Rand, p *Plan) { p.DeviceFault = often(rng) }
	agent    = func(rng *rand.Rand, p *Plan) { p.Hold = 1 }
	trims    = func(rng *rand.Rand, p *Plan) { p.Retention = between(rng, 10*time.Minute, time.Hour) }
	misFails = func(rng *rand.Rand, p *Plan) {
		p.MISFault, p.Only = often(rng), append(p.Only, some(rng, []missim.Fault(misFaults))...)
	}
	notesFail = func(rng *rand.Rand, p *Plan) {
		p.NoteFault, p.Only = often(rng), append(p.Only, some(rng, noteFaults)...)
	}
	jams = func(rng *rand.Rand, p *Plan) { // and who clears them takes the note out, often
		p.NoteFault, p.PowerCut = often(rng), 0.3
		p.Only = append(p.Only, []string{"jam", "failure", "jam-cassette"}[rng.IntN(3)])
	}
)

// noteFaults are those of a validator of which somebody can tell in the end: not that it took
// one note for another, and lost its power before it told.
var noteFaults = slices.DeleteFunc(slices.Clone(validatorFaults), func(f string) bool { return f == "misread" })

// anything is what may go wrong on each scene.
var anything = []mishap{
	powerGoes, programDies, lineGoes, officeDies, officeIsOld, peopleAct, clockIsWrong, officeClock, diskIsFull, messages, devices, agent, trims, misFails,
}

// scenes are what days are about.
var scenes = []scene{
	{"notes", func(_ *rand.Rand, p Plan) Plan { return p }, []mishap{notesFail, notesFail, jams, powerGoes, programDies, diskIsFull, devices}},
	{"worn-out", func(_ *rand.Rand, p Plan) Plan { p.NoteFault = 0.8; return p }, []mishap{notesFail, jams, powerGoes, programDies, lineGoes}},
	{"mis", func(rng *rand.Rand, p Plan) Plan { misFails(rng, &p); return p }, []mishap{misFails, peopleAct, officeIsOld, officeDies, lineGoes, officeClock, messages}},
	{"offline", func(rng *rand.Rand, p Plan) Plan {
		p.Tight, p.Hurry, p.LineCut = true, true, often(rng)
		return p
	}, []mishap{powerGoes, programDies, officeDies, misFails, clockIsWrong, messages}},
	{"mis-by-a-wrong-clock", func(rng *rand.Rand, p Plan) Plan {
		p.OfficeClock = often(rng)
		misFails(rng, &p)
		return p
	}, []mishap{misFails, lineGoes, officeDies, messages, peopleAct}},
	{"people", func(rng *rand.Rand, p Plan) Plan { peopleAct(rng, &p); return p }, []mishap{misFails, misFails, officeIsOld, lineGoes, officeDies, notesFail}},
	{"anything", func(_ *rand.Rand, p Plan) Plan { return p }, anything},
	{"fates", func(rng *rand.Rand, p Plan) Plan { p.Fate = fateOf(rng); return p }, []mishap{powerGoes, lineGoes, misFails, notesFail, messages, officeDies, clockIsWrong}},
	{"codes", func(rng *rand.Rand, p Plan) Plan {
		p.Only = append(p.Only, some(rng, acquirersim.Faults())...)
		return p.WithCodes(often(rng), often(rng))
	}, append([]mishap{misFails, misFails}, anything...)},
	{"cards", func(rng *rand.Rand, p Plan) Plan {
		p.Only = append(p.Only, some(rng, pospsim.Faults())...)
		return p.WithCards(often(rng), often(rng))
	}, append([]mishap{misFails, misFails}, anything...)},
	{"refunds", func(rng *rand.Rand, p Plan) Plan {
		p.Refunds, p.Settlements, p.Early = 1, 0.3, true
		return p.WithCards(0.2*rng.Float64(), 0.3*rng.Float64())
	}, []mishap{misFails, lineGoes, officeDies, programDies, powerGoes, messages, peopleAct, peopleAct}},
	{"cash-stops", func(rng *rand.Rand, p Plan) Plan {
		p.CashStops, p.Clock, p.Hurry = true, 0.5*often(rng), false
		return p
	}, []mishap{clockIsWrong, lineGoes, powerGoes, programDies, officeDies, messages, officeClock}},
	{"dates", func(_ *rand.Rand, p Plan) Plan { p.Dates = true; return p }, []mishap{misFails, lineGoes, officeDies, powerGoes, messages}},
	{"power", func(rng *rand.Rand, p Plan) Plan {
		p.Only = append(p.Only, some(rng, cardsystemsim.Faults())...)
		return p.WithPower(often(rng))
	}, anything},
	{"torn-cards", func(rng *rand.Rand, p Plan) Plan {
		p.Buyers = true
		switch rng.IntN(6) {
		case 0:
			p.Forged = 0.6
			return p.WithPower(0.2)
		case 1:
			p.Forged, p.Replays = 0.8, true
			return p.WithPower(0.8)
		case 2:
			p.Disordered = 0.8
			return p.WithPower(0.2)
		case 3, 4:
			p.Worn, p.Stale = 0.5, 0.6
			return p.WithPower(0.2)
		}
		return p.WithPower(1)
	}, []mishap{powerGoes, programDies, lineGoes, messages, peopleAct}},
	{"copied-cards", func(_ *rand.Rand, p Plan) Plan {
		p.Buyers, p.Copied = true, true
		return p.WithPower(0.1)
	}, []mishap{lineGoes, messages, officeDies}},
	{"sales-taken-back", func(rng *rand.Rand, p Plan) Plan {
		p.Buyers, p.Operator = true, 1
		return p.WithPower(0.5 + 0.5*rng.Float64())
	}, []mishap{lineGoes, lineGoes, powerGoes, programDies, messages}},
	{"collections", collected, []mishap{powerGoes, programDies, devices, diskIsFull, lineGoes, notesFail}},
	{"cash-room", collected, []mishap{lineGoes, officeDies, misFails, programDies}},
	{"restored", func(rng *rand.Rand, p Plan) Plan {
		p.Relents, p.Restore = true, often(rng)
		switch rng.IntN(3) {
		case 0:
			return p.WithCodes(0, 0.2)
		case 1:
			return p.WithCards(0, 0.2)
		}
		return p
	}, []mishap{officeDies, messages, misFails, programDies}},
}

// collected is a day on which two people collect the cash.
func collected(rng *rand.Rand, p Plan) Plan { return p.WithCollections(0.3 * rng.Float64()) }

// Scenes are the names of what short days are about.
func Scenes() (names []string) {
	for _, s := range scenes {
		names = append(names, s.name)
	}

	return names
}

// SceneOf is what the short day of a seed is about: each scene has its turn. Every third day is
// one of Storm.
func SceneOf(seed uint64) string { return scenes[(seed-seed/3)%uint64(len(scenes))].name }

// among draws one of a list: of those that the plan has the day be about, if there are any.
func among[T ~string](w *World, list []T) T {
	var few []T
	for _, x := range list {
		for _, only := range w.plan.Only {
			if string(x) == only {
				few = append(few, x)
			}
		}
	}
	if len(few) == 0 {
		few = list
	}

	return few[w.rng.IntN(len(few))]
}
