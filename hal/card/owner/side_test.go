package owner_test

import (
	"errors"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/owner"
)

// TestOutcomes: each command has one outcome, and what may have changed the card and
// failed is unknown.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(s *owner.Side)
		want card.Kind
	}{
		{"done", func(s *owner.Side) { s.Done([]byte{0x90, 0}) }, card.Done},
		{"refused", func(s *owner.Side) { s.Job.Acted = true; s.Refuse(card.ErrNoCard) }, card.NotDone},
		{"failed before it acted", func(s *owner.Side) { s.Fail(card.ErrSilent) }, card.NotDone},
		{"failed after it acted", func(s *owner.Side) { s.Job.Acted = true; s.Fail(card.ErrSilent) }, card.Unknown},
	} {
		var s owner.Side
		if err := s.Take(time.Time{}, card.Command{ID: 7, Op: card.Transmit}); err != nil {
			t.Fatal(err)
		}
		s.Begin()
		c.end(&s)
		s.Done(nil) // once more: there is no command
		if e := s.Events(); len(e) != 1 || e[0].Kind != c.want || e[0].ID != 7 || s.Due() || s.Job != nil {
			t.Errorf("%s: %+v", c.name, e)
		}
		if e := s.Events(); len(e) != 0 {
			t.Errorf("%s: reported again: %+v", c.name, e)
		}
	}
}

func TestQueue(t *testing.T) {
	var s owner.Side
	data := card.Secret{1}
	for id := range uint32(owner.MaxQueue) {
		if err := s.Take(time.Time{}, card.Command{ID: id, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Take(time.Time{}, card.Command{}); !errors.Is(err, hal.ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	data[0] = 2
	if s.Begin(); s.Job.Cmd.ID != 0 || s.Job.Cmd.Data[0] != 1 || s.Due() {
		t.Errorf("first command %+v", s.Job.Cmd)
	}
	s.RefuseAll(card.ErrSilent)
	e := s.Events()
	if len(e) != owner.MaxQueue-1 || e[0].ID != 1 || e[0].Kind != card.NotDone || s.Job == nil {
		t.Errorf("%d refused: %+v", len(e), e)
	}
}

func TestStatusIsReportedOnce(t *testing.T) {
	var s owner.Side
	s.Report(card.Status{})
	s.Report(card.Status{})
	s.Report(card.Status{State: hal.DeviceOnline})
	if e := s.Events(); len(e) != 2 || s.Status().State != hal.DeviceOnline {
		t.Errorf("%+v", e)
	}
}
