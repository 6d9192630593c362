package handover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/firmware/handover/handovertest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/updater/agentapi"
)

// relayed is a link to a double of the agent, with what came out of it.
type relayed struct {
	*AgentLink
	agent  *handovertest.Agent
	mu     sync.Mutex
	events []kiosk.Event
	states []uint64
}

// relaying starts one in virtual time; stop ends it.
func relaying(t *testing.T) (r *relayed, stop func()) {
	t.Helper()
	r = &relayed{agent: handovertest.NewAgent()}
	r.AgentLink = NewAgentLink(r.agent, slog.New(slog.DiscardHandler), func(_ context.Context, e kiosk.Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
	}, func(_ context.Context, s agentapi.State) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.states = append(r.states, s.Rev)
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	return r, func() { cancel(); <-done }
}

// since gives the events that came and forgets them.
func (r *relayed) since() []kiosk.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.events
	r.events = nil
	return e
}

func (r *relayed) stick() (k update.Stick, told bool) {
	for _, e := range r.since() {
		if s, ok := e.(kiosk.Stick); ok {
			k, told = s.Stick, true
		}
	}
	return k, told
}

func TestTheNewestJobReachesTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := relaying(t)
		defer stop()
		r.Job([]byte("one"))
		synctest.Wait()
		if got := r.agent.Asked(); !slices.Equal(got, []string{"job one"}) {
			t.Errorf("told %q", got)
		}
		r.agent.Set(agentapi.ErrDown, nil)
		for _, job := range []string{"two", "three", "four"} {
			r.Job([]byte(job))
		}
		time.Sleep(time.Hour)
		if n := len(r.agent.Asked()); n < 30 || n > 100 {
			t.Errorf("%d attempts in an hour", n)
		}
		r.agent.Set(nil, nil)
		time.Sleep(2 * agentRetryMost)
		got := r.agent.Asked()
		if got[len(got)-1] != "job four" || slices.Contains(got[10:], "job three") {
			t.Errorf("told %q", got)
		}
		n := len(got)
		r.Job(nil)
		time.Sleep(time.Hour)
		if got := r.agent.Asked(); len(got) != n+1 || got[n] != "job " {
			t.Errorf("then told %q", got[n:])
		}
	})
}

// TestARefusedJobIsNotOfferedAgain, but one that the agent has no time for is.
func TestARefusedJobIsNotOfferedAgain(t *testing.T) {
	for code, again := range map[agentapi.ErrorCode]bool{agentapi.CodeSignature: false, agentapi.CodeArmed: false, agentapi.CodeBusy: true, agentapi.CodeInternal: true} {
		synctest.Test(t, func(t *testing.T) {
			r, stop := relaying(t)
			defer stop()
			r.agent.Set(&agentapi.Error{Code: code}, nil)
			r.Job([]byte("x"))
			time.Sleep(agentRetryLeast + time.Millisecond)
			if n := len(r.agent.Asked()); (n > 1) != again {
				t.Errorf("%s: %d attempts", code, n)
			}
		})
	}
}

func TestTheAgentsStateIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := relaying(t)
		defer stop()
		time.Sleep(2 * agentPause)
		if e := r.since(); len(e) != 3 || r.Last().Build != 10 {
			t.Errorf("at first %v, build %d", e, r.Last().Build)
		}
		time.Sleep(time.Hour) // nothing changes
		if e := r.since(); len(e) != 0 {
			t.Errorf("nothing new, and told %v", e)
		}
		if n := r.agent.Looks(); n > 200 {
			t.Errorf("%d looks in an hour", n)
		}
		r.agent.Set(nil, func(s *agentapi.State) {
			s.Mode = "trial"
			s.Stick = &agentapi.Stick{ID: "s7", Phase: agentapi.StickOffered, Offers: []agentapi.Offer{{
				File: "a.wkb", Version: "1.1.0", Board: "rpicm4", Size: 9, Signers: []string{"A", "B"}, Refused: "floor",
			}}}
		})
		time.Sleep(2 * agentPause)
		var got []string
		for _, e := range r.since() {
			got = append(got, fmt.Sprintf("%+v", e))
		}
		slices.Sort(got)
		want := []string{
			"{Code:update-fallback On:false Detail:1.0.0 Source:}", "{Code:update-trial On:true Detail:1.0.0 Source:}",
			"{Stick:{ID:s7 Phase:offered Running:1.0.0 Offers:[{File:a.wkb Version:1.1.0 Board:rpicm4 Size:9 Signers:[A B] Refused:floor}] File: Percent:0 Code: Detail:}}",
		}
		if !slices.Equal(got, want) {
			t.Errorf("told %s", strings.Join(got, "\n"))
		}
	})
}

// TestAFastCountIsNotFollowedStepByStep: the screen is drawn a few times a second.
func TestAFastCountIsNotFollowedStepByStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := relaying(t)
		defer stop()
		for i := range 1000 {
			r.agent.Set(nil, func(s *agentapi.State) { s.Stick = &agentapi.Stick{ID: "s1", Percent: i / 10} })
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(2 * agentPause)
		r.mu.Lock()
		defer r.mu.Unlock()
		if n := len(r.states); n > 50 || r.states[n-1] != 1001 {
			t.Errorf("%d states, the last %d", n, r.states[n-1])
		}
	})
}

// TestAnAgentThatGoesTakesItsStick: not at its restart, but once it stays away; when
// it is back it gets the job again.
func TestAnAgentThatGoesTakesItsStick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := relaying(t)
		defer stop()
		r.Job([]byte("job"))
		r.agent.Set(nil, func(s *agentapi.State) { s.Stick = &agentapi.Stick{ID: "s1"} })
		time.Sleep(2 * agentPause)
		if k, told := r.stick(); !told || k.ID != "s1" {
			t.Fatalf("stick %+v, %v", k, told)
		}
		r.agent.Set(errors.New("gone"), nil)
		time.Sleep(3 * time.Second)
		if _, told := r.stick(); told {
			t.Error("a short pause was reported")
		}
		time.Sleep(time.Minute)
		if k, told := r.stick(); !told || k.There() || r.Last().Rev != 0 {
			t.Errorf("stick %+v, %v", k, told)
		}
		r.agent.Set(nil, nil)
		time.Sleep(2 * agentRetryMost)
		if k, told := r.stick(); !told || k.ID != "s1" {
			t.Errorf("back: stick %+v, %v", k, told)
		}
		if got := r.agent.Asked(); !slices.Equal(got, []string{"job job", "job job"}) {
			t.Errorf("told %q", got)
		}
	})
}

func TestATechniciansOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := relaying(t)
		defer stop()
		r.StickInstall(kiosk.StickInstall{Stick: "s1", File: "a.wkb", By: "4711"})
		r.StickDismiss(kiosk.StickDismiss{Stick: "s1"})
		r.StickDismiss(kiosk.StickDismiss{}) // pulled meanwhile
		synctest.Wait()
		if got := r.agent.Asked(); !slices.Equal(got, []string{"install a.wkb of s1 by 4711", "dismiss s1"}) {
			t.Errorf("told %q", got)
		}
		for _, c := range []struct {
			err  error
			want kiosk.StickRefused
		}{
			{&agentapi.Error{Code: agentapi.CodeNoStick, Message: "no such stick"}, kiosk.StickRefused{Code: "no-stick", Detail: "no such stick"}},
			{agentapi.ErrDown, kiosk.StickRefused{Code: "no-agent"}},
		} {
			r.agent.Set(c.err, nil)
			synctest.Wait()
			r.since()
			r.StickInstall(kiosk.StickInstall{Stick: "s1", File: "a.wkb", By: "4711"})
			synctest.Wait()
			if e := r.since(); len(e) == 0 || e[0] != c.want {
				t.Errorf("%v: %v", c.err, e)
			}
		}
	})
}

func TestWithoutAnAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []kiosk.Event
		r := NewAgentLink(nil, slog.New(slog.DiscardHandler), func(_ context.Context, e kiosk.Event) { got = append(got, e) }, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.Run(ctx) }()
		r.StickInstall(kiosk.StickInstall{Stick: "s1"})
		r.StickDismiss(kiosk.StickDismiss{Stick: "s1"})
		synctest.Wait()
		cancel()
		<-done
		if len(got) != 1 || got[0] != (kiosk.StickRefused{Code: "no-agent"}) {
			t.Errorf("told %v", got)
		}
	})
}
