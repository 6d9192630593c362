package kiosk

import (
	"slices"
	"testing"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
)

// TestBooksThatAreNotOursStopMoney, and head office is told.
func TestBooksThatAreNotOursStopMoney(t *testing.T) {
	r := newRig(t)
	r.do(Warning{Code: string(condition.Journal), Source: "line", On: true, Detail: "record 9"})
	r.screen(page.OutOfService)
	if b := r.c.Status().Blocks; !slices.Equal(b, []string{"journal"}) || r.count("alarm") != 1 {
		t.Errorf("blocks %v, %d alarms", b, r.count("alarm"))
	}
	r.j.Full(true) // another cause of the same condition comes and goes
	r.now = r.now.Add(spaceEvery)
	r.do(Tick{})
	r.j.Full(false)
	r.now = r.now.Add(spaceEvery)
	r.do(Tick{})
	r.screen(page.OutOfService)
	r.do(Warning{Code: string(condition.Journal), Source: "line"})
	r.screen(page.Idle)
}

// TestWhatAConditionStops on a terminal that has more than cash: a full cassette
// leaves the rest open, and no paper stops what ends with a slip.
func TestWhatAConditionStops(t *testing.T) {
	cfg := config
	cfg.Profile = profile.Lobby()
	cfg.Profile.Cells = append(cfg.Profile.Cells, profile.Cell{Service: profile.Query, Needs: condition.Card})
	online := printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}
	empty := online
	empty.Paper = printer.PaperOut
	for _, c := range []struct {
		name   string
		event  Event
		screen page.Screen
		pay    bool
	}{
		{"nothing", Printer{printer.Event{Kind: printer.StatusChanged, Status: online}}, page.Idle, true},
		{"full cassette", Validator{bill.Event{Kind: bill.CassetteFull}}, page.Idle, false},
		{"no paper", Printer{printer.Event{Kind: printer.StatusChanged, Status: empty}}, page.Idle, false},
		{"no line", Link{}, page.Idle, false},
		{"open door", Door{Name: "door", Open: true}, page.OutOfService, false},
		{"no mains", Mains{Lost: true}, page.OutOfService, false},
		{"too hot", Warning{Code: TooHot, On: true}, page.Idle, true},
	} {
		r := newRigWith(t, cfg, kinds)
		r.do(c.event)
		r.screen(c.screen)
		if c.screen != page.Idle {
			continue
		}
		r.touch("start")
		if got := r.c.View().Offers("pay-bill"); got != c.pay {
			t.Errorf("%s: payment is offered %v, want %v", c.name, got, c.pay)
		}
	}
}
