package kiosktest

import (
	"math/rand/v2"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
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

// idle is how often a validator at rest is asked: seldom, so that a day has few
// steps.
const idle = 5 * time.Second

// validator is a kind of note validator: its driver, new at each start of the
// program, and its device.
type validator struct {
	name string
	// forgets: after a power cut the device may say nothing of the note that it was
	// moving, so that a restarted program leaves it to a person.
	forgets bool
	// once: with its power the device loses what it reported, so that a report which a
	// full disk did not take is not heard again.
	once bool
	// tells: what it says of a stacked note names the value that was stacked.
	tells  bool
	driver func() bill.Engine
	device func(*rand.Rand) billtest.Device
}

// notesDevice is a validator's simulator with what the world looks at.
type notesDevice interface {
	billtest.Device
	// InPath is the note in the path, and InStacker whether it is behind the lever
	// that no note comes back from.
	InPath() (fen int64, ok bool)
	InStacker() bool
	// TakeOut is a person who takes the note in the path out.
	TakeOut() (fen int64, ok bool)
	// CassetteEmpty is a person who takes the cassette's notes with them.
	CassetteEmpty() []int64
	// CassetteFill is a person who puts it back in with them.
	CassetteFill(fen []int64)
}

// validators are the five protocols. A run has one of them.
var validators = []validator{
	{
		"ccnet", false, false, true,
		func() bill.Engine { return ccnet.New(ccnet.Config{PollIdle: idle}) },
		func(rng *rand.Rand) billtest.Device {
			return ccnetsim.New(ccnetsim.Config{Config: billsim.Config{Rand: rng, ReportReturn: rng.IntN(2) == 0}})
		},
	},
	{
		"id003", false, false, false,
		func() bill.Engine { return id003.New(id003.Config{PollIdle: idle}) },
		func(rng *rand.Rand) billtest.Device {
			return id003sim.New(id003sim.Config{Config: billsim.Config{Rand: rng}, Recovery: rng.IntN(2) == 0})
		},
	},
	{
		"ssp", false, true, true,
		func() bill.Engine { return ssp.New(ssp.Config{PollIdle: idle}) },
		func(rng *rand.Rand) billtest.Device {
			return sspsim.New(sspsim.Config{Config: billsim.Config{Rand: rng}, Plain: rng.IntN(2) == 0})
		},
	},
	{
		"ebds", true, true, false,
		func() bill.Engine { return ebds.New(ebds.Config{PollIdle: idle}) },
		func(rng *rand.Rand) billtest.Device {
			return ebdssim.New(ebdssim.Config{Config: billsim.Config{Rand: rng}})
		},
	},
	{
		"cctalk", false, true, true,
		func() bill.Engine { return cctalk.New(cctalk.Config{PollIdle: idle}) },
		func(rng *rand.Rand) billtest.Device {
			return cctalksim.New(cctalksim.Config{Config: billsim.Config{Rand: rng}})
		},
	},
}

// validatorOf draws the kind of validator of a run. Half of the runs have the
// first, which most of the planted bugs speak of.
func validatorOf(rng *rand.Rand) validator {
	if rng.IntN(2) == 0 {
		return validators[0]
	}

	return validators[1+rng.IntN(len(validators)-1)]
}
