package peripherals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"wattkiosk/boards"
	"wattkiosk/boards/ground/backoff"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
)

// testPatience bounds one device test.
const testPatience = 30 * time.Second

// Verdict is how a device test ended.
type Verdict struct {
	Device string `json:"device"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was done, and what the device said
}

// testID names the commands of tests. The owner of a device never uses it.
const testID = ^uint32(0)

// printTestID names a test print.
const printTestID = "device-test"

// testers are the device tests under way: each waits for what a device says.
type testers struct {
	mu      sync.Mutex
	waiting map[string]chan any // by role
}

// report hands an event to the test of that device, if one waits; it never blocks.
func (t *testers) report(role string, e any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.waiting[role]; c != nil {
		select {
		case c <- e:
		default: // the test has more to read than it needs
		}
	}
}

var errTesting = errors.New("device is being tested already")

func (t *testers) listen(role string) (<-chan any, func(), error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == nil {
		t.waiting = map[string]chan any{}
	}
	if t.waiting[role] != nil {
		return nil, nil, errTesting
	}

	c := make(chan any, queueLength)
	t.waiting[role] = c
	return c, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.waiting, role)
	}, nil
}

// Test makes one device do something harmless and says how that went: a validator
// is reset, a printer prints a line, a reader looks for its card, a PIN pad ends an
// input although there is none, an output line blinks. The caller makes sure that no
// customer is served. It fails for a name that is no device.
func (s *Set) Test(ctx context.Context, name string) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	if l, ok := s.board.Line(name); ok && l.Output {
		return s.blink(ctx, name)
	}

	order, done := s.testOrder(name)
	if order == nil {
		return Verdict{}, fmt.Errorf("%w: %q is not one of %s", ErrNoDevice, name, strings.Join(s.testable(), ", "))
	}

	events, end, err := s.tests.listen(name)
	if err != nil {
		return Verdict{}, fmt.Errorf("%s: %w", name, err)
	}
	defer end()
	if err := order(); err != nil {
		return Verdict{Device: name, Detail: err.Error()}, nil
	}

	for {
		select {
		case e := <-events:
			if ok, detail, final := done(e); final {
				return Verdict{Device: name, OK: ok, Detail: detail}, nil
			}
		case <-ctx.Done():
			return Verdict{Device: name, Detail: "no answer in time"}, nil
		}
	}
}

// testable lists what Test takes.
func (s *Set) testable() []string {
	var names []string
	for _, h := range s.Health() {
		if order, _ := s.testOrder(h.Role); order != nil {
			names = append(names, h.Role)
		}
	}

	for _, l := range s.board.GPIO.Lines {
		if l.Output {
			names = append(names, l.Name)
		}
	}

	slices.Sort(names)
	return names
}

// testOrder is what to order a device, and how to read what it says: whether that
// ends the test, and well.
func (s *Set) testOrder(role string) (order func() error, done func(any) (ok bool, detail string, final bool)) {
	switch {
	case role == boards.Validator && s.validator != nil:
		return func() error { return s.Validator(bill.Command{Op: bill.Reset}) }, testedValidator
	case role == boards.Printer && s.printer != nil:
		return func() error { return s.Printer(testPage(role)) }, testedPrinter
	case role == boards.Invoice && s.invoice != nil:
		return func() error { return s.Invoice(testPage(role)) }, testedPrinter
	case role == boards.Card && s.card != nil:
		return func() error { return s.Card(card.Command{ID: testID, Op: card.Refuse}) }, testedCard
	case role == boards.MeterCard && s.meterCard != nil:
		return func() error { return s.MeterCard(card.Command{ID: testID, Op: card.Refuse}) }, testedCard
	case role == boards.Pinpad && s.pinpad != nil:
		return func() error { return s.Pinpad(pinpad.Command{ID: testID, Op: pinpad.Cancel}) }, testedPinpad
	case role == boards.Meter && s.meter != nil:
		return func() error { return s.Meter(meter.Command{ID: testID, Op: meter.Find}) }, testedMeter
	}

	return nil, nil
}

func testPage(role string) printer.Command {
	return printer.Command{ID: printTestID, Page: printer.Page{Lines: []printer.Line{
		{Text: "打印测试 PRINTER TEST", Align: printer.Centre, Bold: true},
		{Label: "设备 device", Value: role},
		{Rule: true},
	}}}
}

func testedValidator(e any) (bool, string, bool) {
	ev, ok := e.(bill.Event)
	if !ok {
		return false, "", false
	}

	switch ev.Kind {
	case bill.Refused:
		return false, words(ev.Op.String()+" refused", ev.Detail), ev.Op == bill.Reset
	case bill.Disabled, bill.Idling:
		return true, "reset, and ready: " + ev.Kind.String(), true
	case bill.Jammed, bill.Failed, bill.Lost, bill.CassetteFull, bill.CassetteRemoved, bill.Silent, bill.Unusable:
		return false, words(ev.Kind.String(), ev.Detail), true
	}
	return false, "", false
}

func testedPrinter(e any) (bool, string, bool) {
	ev, ok := e.(printer.Event)
	if !ok || ev.ID != printTestID || !ev.Kind.Outcome() {
		return false, "", false
	}
	return ev.Kind == printer.Printed, words(ev.Kind.String(), ev.Detail), true
}

func testedCard(e any) (bool, string, bool) {
	ev, ok := e.(card.Event)
	if !ok || ev.ID != testID || ev.Kind == card.StatusChanged {
		return false, "", false
	}
	return ev.Kind == card.Done, outcome(ev.Kind.String(), ev.Err), true
}

func testedPinpad(e any) (bool, string, bool) {
	ev, ok := e.(pinpad.Event)
	if !ok || ev.ID != testID || ev.Kind != pinpad.Done && ev.Kind != pinpad.NotDone {
		return false, "", false
	}
	return ev.Kind == pinpad.Done, outcome(ev.Kind.String(), ev.Err), true
}

func testedMeter(e any) (bool, string, bool) {
	ev, ok := e.(meter.Event)
	if !ok || ev.ID != testID {
		return false, "", false
	}
	if ev.Kind == meter.Done {
		return true, "meter " + string(ev.Address), true
	}
	return false, outcome(ev.Kind.String(), ev.Err), true
}

func outcome(kind string, err error) string {
	if err == nil {
		return kind
	}
	return kind + ": " + err.Error()
}

// blink switches an output for a moment, then back to what it was asked to be.
func (s *Set) blink(ctx context.Context, name string) (Verdict, error) {
	const moment = 500 * time.Millisecond
	s.lines.mu.Lock()
	was, open := s.lines.wanted[name], s.lines.outputs[name] != nil
	s.lines.mu.Unlock()
	if !open {
		return Verdict{Device: name, Detail: "line is not open"}, nil
	}
	if err := s.lines.set(name, !was); err != nil {
		return Verdict{Device: name, Detail: err.Error()}, nil
	}

	_ = backoff.Pause(ctx, moment)
	if err := s.lines.set(name, was); err != nil {
		return Verdict{Device: name, Detail: err.Error()}, nil
	}
	return Verdict{Device: name, OK: true, Detail: "switched over and back: look at it"}, nil
}
