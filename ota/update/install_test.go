package update_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/ota/update/updatetest"
)

func install(t *testing.T, s *updatetest.Site, file []byte) error {
	t.Helper()
	b := s.Open()
	bd, err := b.Check(bytes.NewReader(file), int64(len(file)), false)
	if err != nil {
		return err
	}
	return b.Install(t.Context(), bd, "test", nil)
}

func check(t *testing.T, b *update.Board, file []byte) *bundle.Bundle {
	t.Helper()
	bd, err := b.Check(bytes.NewReader(file), int64(len(file)), false)
	if err != nil {
		t.Fatal(err)
	}
	return bd
}

var quick = update.Patience{Deadline: 300 * time.Millisecond, Every: 5 * time.Millisecond}

func gate(err error) []update.Gate {
	return []update.Gate{{Name: "screen", Hold: func(context.Context) error { return err }}}
}

// what are the kinds of the entries of the history.
func what(t *testing.T, s *updatetest.Site) (list []string) {
	t.Helper()
	entries, err := s.Open().History()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.What)
	}
	return list
}

func TestGoodUpdate(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	s := fleet.Site(t)
	if err := install(t, s, fleet.Bundle(t, 8, nil)); err != nil {
		t.Fatal(err)
	}
	if s.Holds(slot.A) != 7 || s.Holds(slot.B) != 8 {
		t.Errorf("%d and %d", s.Holds(slot.A), s.Holds(slot.B))
	}
	if st := s.State(); st.Good != slot.A || st.Try != slot.B || st.Left != 3 || st.Floor != 5 {
		t.Errorf("%+v", st)
	}
	if run := s.Reboot(); run != (slot.Running{Slot: slot.B, Mode: slot.Trial}) {
		t.Fatalf("%+v", run)
	}
	if v, err := s.Open().Settle(t.Context(), gate(nil), quick); v != update.Proven || err != nil {
		t.Fatalf("%v %v", v, err)
	}
	if st := s.State(); st.Good != slot.B || st.Try != "" || st.Floor != 6 {
		t.Errorf("%+v", st)
	}
	list, err := s.Open().History()
	if err != nil || len(list) != 2 || list[0].What != "installed" || list[1].What != "good" || list[1].To != "v8" || list[1].By != "test" {
		t.Errorf("%+v %v", list, err)
	}
	if v, err := s.Open().Settle(t.Context(), gate(errors.New("black")), quick); v != update.Proven || err != nil || len(what(t, s)) != 2 {
		t.Errorf("settled again: %v %v", v, err)
	}
	if err := install(t, s, fleet.Bundle(t, 9, nil)); err != nil { // still the same boot
		t.Error(err)
	}
}

func TestBadUpdate(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	file := fleet.Bundle(t, 8, nil)
	for _, how := range []string{"gates", "fell-back"} {
		t.Run(how, func(t *testing.T) {
			s := fleet.Site(t)
			if err := install(t, s, file); err != nil {
				t.Fatal(err)
			}
			if how == "gates" {
				s.Reboot()
				if v, err := s.Open().Settle(t.Context(), gate(errors.New("black")), quick); v != update.Failed || err != nil {
					t.Fatalf("%v %v", v, err)
				}
				s.Reboot()
				if v, err := s.Open().Settle(t.Context(), nil, quick); v != update.Nothing || err != nil {
					t.Fatalf("%v %v", v, err)
				}
			} else {
				s.Spoil("boot_b", 9)
				if run := s.Reboot(); run != (slot.Running{Slot: slot.A, Mode: slot.Fallback}) {
					t.Fatalf("%+v", run)
				}
				if v, err := s.Open().Settle(t.Context(), nil, quick); v != update.FellBack || err != nil {
					t.Fatalf("%v %v", v, err)
				}
			}
			if st := s.State(); st.Good != slot.A || st.Try != "" || st.Floor != 5 {
				t.Errorf("%+v", st)
			}
			if err := install(t, s, file); update.Code(err) != "failed-before" {
				t.Errorf("again: %v", err)
			}
			list, err := s.Open().History()
			if err != nil || list[len(list)-1].What != "fell-back" || list[len(list)-1].Code != how {
				t.Errorf("%+v %v", list, err)
			}
		})
	}
}

// TestReasonOfAFailedTrial: what held the trial up is told, not that the time was up
// while it was asked for once more.
func TestReasonOfAFailedTrial(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	s := fleet.Site(t)
	if err := install(t, s, fleet.Bundle(t, 8, nil)); err != nil {
		t.Fatal(err)
	}
	s.Reboot()
	asked := false
	gates := []update.Gate{{Name: "devices", Hold: func(ctx context.Context) error {
		if asked {
			<-ctx.Done()
			return ctx.Err()
		}
		asked = true
		return errors.New("printer is silent")
	}}}
	if v, err := s.Open().Settle(t.Context(), gates, quick); v != update.Failed || err != nil {
		t.Fatalf("%v %v", v, err)
	}
	list, err := s.Open().History()
	if last := list[len(list)-1]; err != nil || last.Detail != "devices: printer is silent" {
		t.Errorf("%+v %v", last, err)
	}
}

// TestStoppedTrial: settling that is stopped says nothing about the slot.
func TestStoppedTrial(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	s := fleet.Site(t)
	if err := install(t, s, fleet.Bundle(t, 8, nil)); err != nil {
		t.Fatal(err)
	}
	s.Reboot()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if v, err := s.Open().Settle(ctx, gate(errors.New("black")), quick); v != update.Nothing || !errors.Is(err, context.Canceled) {
		t.Errorf("%v %v", v, err)
	}
	if err := s.Open().Arm(t.Context(), "test"); err == nil {
		t.Error("armed on trial")
	}
	s.Reboot()
	if v, err := s.Open().Settle(t.Context(), gate(nil), quick); v != update.Proven || err != nil {
		t.Errorf("%v %v", v, err)
	}
}

func TestRefusals(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	s := fleet.Site(t)
	before := s.Sum()
	for code, file := range map[string][]byte{
		"wrong-board":   fleet.Bundle(t, 8, func(m *manifest.Manifest) { m.Board = "rpicm4" }),
		"wrong-variant": fleet.Bundle(t, 8, func(m *manifest.Manifest) { m.Variant = "screen" }),
		"not-newer":     fleet.Bundle(t, 7, nil),
		"floor":         fleet.Bundle(t, 4, nil),
		"data-format":   fleet.Bundle(t, 8, func(m *manifest.Manifest) { m.Data = manifest.Data{ReadsFrom: 1, Reads: 3, Writes: 3} }),
	} {
		if err := install(t, s, file); update.Code(err) != code {
			t.Errorf("%s: %v", code, err)
		}
		if s.Sum() != before {
			t.Errorf("%s: something was written", code)
		}
	}
	if err := s.Open().Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := install(t, s, fleet.Bundle(t, 8, nil)); update.Code(err) != "going-back" {
		t.Errorf("the other slot is the next to start: %v", err)
	}
}

// counting counts what is read of a file.
type counting struct {
	r *bytes.Reader
	n int
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.r.ReadAt(p, at)
	c.n += n
	return n, err
}

// TestStageGoesOn: chunks that hold are not read from the bundle again; one that
// does not is, with all that follow.
func TestStageGoesOn(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	file := fleet.Bundle(t, 8, nil)
	s := fleet.Site(t)
	stage := func() int {
		t.Helper()
		b, src := s.Open(), &counting{r: bytes.NewReader(file)}
		bd, err := b.Check(src, int64(len(file)), false)
		if err != nil {
			t.Fatal(err)
		}
		src.n = 0
		if err := b.Stage(t.Context(), bd, "test", nil); err != nil {
			t.Fatal(err)
		}
		return src.n
	}
	if n := stage(); n < updatetest.RootSize || s.Holds(slot.B) != 8 {
		t.Errorf("%d bytes", n)
	}
	if n := stage(); n != 0 {
		t.Errorf("%d bytes for nothing", n)
	}
	s.Spoil("root_b", updatetest.RootSize-1)
	if n := stage(); n < 90_000 || n > 110_000 || s.Holds(slot.B) != 8 {
		t.Errorf("%d bytes for the last chunk", n)
	}
	if st := s.State(); st.Try != "" {
		t.Errorf("%+v", st)
	}
}

func TestArm(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	s := fleet.Site(t)
	b := s.Open()
	if err := b.Stage(t.Context(), check(t, b, fleet.Bundle(t, 8, nil)), "one", nil); err != nil {
		t.Fatal(err)
	}
	state := s.Sum("state")
	if err := b.Arm(t.Context(), "two"); update.Code(err) != "not-there" {
		t.Errorf("another's: %v", err)
	}
	s.Spoil("root_b", 77)
	if err := b.Arm(t.Context(), "one"); err == nil || update.Code(err) != "" {
		t.Errorf("spoilt: %v", err)
	}
	s.Spoil("root_b", 77)
	b.Now = func() time.Time { return time.Now().AddDate(0, 2, 0) }
	if err := b.Arm(t.Context(), "one"); update.Code(err) != "expired" {
		t.Errorf("expired: %v", err)
	}
	b.Now = time.Now
	if s.Sum("state") != state {
		t.Error("armed all the same")
	}
	if err := b.Arm(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	p, err := b.Pending()
	if err != nil || !p.Armed(s.State()) || p.By != "one" || p.Build != 8 {
		t.Errorf("%+v, %v", p, err)
	}
	if err := b.Disarm(); err != nil || s.State().Try != "" {
		t.Errorf("%v, %+v", err, s.State())
	}
	s.Reboot()
	if v, err := s.Open().Settle(t.Context(), nil, quick); v != update.Nothing || err != nil {
		t.Errorf("%v %v", v, err)
	}
	if got := what(t, s); !reflect.DeepEqual(got, []string{"installed"}) {
		t.Errorf("%v", got)
	}
}

func TestArmBack(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	s := fleet.Site(t)
	if err := s.Open().ArmBack(t.Context(), 6, "test"); update.Code(err) != "not-there" {
		t.Errorf("never written: %v", err)
	}
	for _, build := range []uint64{8, 9} {
		if err := install(t, s, fleet.Bundle(t, build, nil)); err != nil {
			t.Fatal(err)
		}
		s.Reboot()
		if v, err := s.Open().Settle(t.Context(), gate(nil), quick); v != update.Proven || err != nil {
			t.Fatalf("%v %v", v, err)
		}
	}
	b := s.Open()
	if err := b.ArmBack(t.Context(), 7, "test"); update.Code(err) != "not-there" {
		t.Errorf("overwritten: %v", err)
	}
	s.Spoil("root_b", 5)
	if err := b.ArmBack(t.Context(), 8, "test"); err == nil || s.State().Try != "" {
		t.Errorf("spoilt: %v", err)
	}
	s.Spoil("root_b", 5)
	if err := b.ArmBack(t.Context(), 8, "test"); err != nil {
		t.Fatal(err)
	}
	if run := s.Reboot(); run != (slot.Running{Slot: slot.B, Mode: slot.Trial}) {
		t.Errorf("%+v", run)
	}
	if v, err := s.Open().Settle(t.Context(), gate(nil), quick); v != update.Proven || err != nil || s.State().Floor != 6 {
		t.Errorf("%v %v, %+v", v, err, s.State())
	}
	// While the other slot is being written it holds nothing to go back to.
	b = s.Open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Stage(ctx, check(t, b, fleet.Bundle(t, 10, nil)), "test", nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := b.ArmBack(t.Context(), 9, "test"); update.Code(err) != "not-there" {
		t.Errorf("half written: %v", err)
	}
}

func TestOneAgent(t *testing.T) {
	s := updatetest.NewFleet(t).Site(t)
	one, two := s.Open(), s.Open()
	if err := one.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := two.Lock(); !errors.Is(err, update.ErrLocked) {
		t.Errorf("two agents at work: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := two.LockWithin(ctx); !errors.Is(err, update.ErrLocked) {
		t.Errorf("%v", err)
	}
	time.AfterFunc(20*time.Millisecond, func() { _ = one.Unlock() })
	if err := errors.Join(two.LockWithin(t.Context()), two.Unlock()); err != nil {
		t.Error(err)
	}
}
