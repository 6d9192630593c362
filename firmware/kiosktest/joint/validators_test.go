package joint

import (
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

// validator makes a driver and its device in one setting.
type validator struct {
	name   string
	driver func() bill.Engine
	device func() billtest.Device
}

func newCCNET() bill.Engine  { return ccnet.New(ccnet.Config{}) }
func newID003() bill.Engine  { return id003.New(id003.Config{}) }
func newSSP() bill.Engine    { return ssp.New(ssp.Config{}) }
func newEBDS() bill.Engine   { return ebds.New(ebds.Config{}) }
func newCCTalk() bill.Engine { return cctalk.New(cctalk.Config{}) }

// plainNotes are what the denominations of an EBDS device without extended notes are
// worth.
var plainNotes = [7]int64{100, 500, 1000, 2000, 5000, 10000}

func newPlainEBDS() bill.Engine { return ebds.New(ebds.Config{Plain: true, Values: plainNotes}) }

// validators are all that the suite runs. The first of each protocol is its usual
// setting.
var validators = []validator{
	{name: "ccnet", driver: newCCNET, device: func() billtest.Device {
		return ccnetsim.New(ccnetsim.Config{Config: billsim.Config{ReportReturn: true}})
	}},
	{name: "ccnet silent return", driver: newCCNET, device: func() billtest.Device { return ccnetsim.New(ccnetsim.Config{}) }},
	{name: "id003", driver: newID003, device: func() billtest.Device { return id003sim.New(id003sim.Config{}) }},
	{name: "id003 recovery", driver: newID003, device: func() billtest.Device {
		return id003sim.New(id003sim.Config{Recovery: true, Waits: true, Complains: true})
	}},
	{name: "ssp", driver: newSSP, device: func() billtest.Device { return sspsim.New(sspsim.Config{}) }},
	{name: "ssp plain", driver: newSSP, device: func() billtest.Device { return sspsim.New(sspsim.Config{Plain: true}) }},
	{name: "ebds", driver: newEBDS, device: func() billtest.Device { return ebdssim.New(ebdssim.Config{}) }},
	{name: "ebds plain", driver: newPlainEBDS, device: func() billtest.Device { return ebdssim.New(ebdssim.Config{Plain: true}) }},
	{name: "ebds afresh", driver: newEBDS, device: func() billtest.Device { return ebdssim.New(ebdssim.Config{Afresh: true}) }},
	{name: "ebds forgetful", driver: newEBDS, device: func() billtest.Device { return ebdssim.New(ebdssim.Config{Forgetful: true}) }},
	{name: "cctalk", driver: newCCTalk, device: func() billtest.Device { return cctalksim.New(cctalksim.Config{}) }},
	{name: "cctalk mute", driver: newCCTalk, device: func() billtest.Device { return cctalksim.New(cctalksim.Config{Mute: true}) }},
	{name: "cctalk bare", driver: newCCTalk, device: func() billtest.Device { return cctalksim.New(cctalksim.Config{Bare: true}) }},
}

// usual are the five validators in their usual setting.
var usual = []validator{validators[0], validators[2], validators[4], validators[6], validators[10]}
