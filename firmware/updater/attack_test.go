package updater

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
	"wattkiosk/uplink/wire"
)

// TestBomb: a chunk that unpacks to far more than it says is refused without the
// memory for it, from a stick and from head office.
func TestBomb(t *testing.T) {
	y := newYard(t)
	bomb := y.fleet.Bomb(t, 256<<20)
	if len(bomb) > 200_000 {
		t.Fatalf("%d bytes", len(bomb))
	}
	r := y.stickRig(t)
	r.fetch.file = bomb
	state := r.site.Sum("state", "boot_a", "root_a")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r.offer(nil)
	r.ends(wire.PhaseFailed, "chunk-damaged")
	r.plugIn(map[string][]byte{"bomb.wkb": bomb})
	if err := r.choose("bomb.wkb"); err != nil {
		t.Fatal(err)
	}
	r.agent.turn(t.Context())
	if s := r.stick(); s.Phase != agentapi.StickFailed || s.Code != "chunk-damaged" {
		t.Errorf("%+v", s)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 128<<20 {
		t.Errorf("%d MiB were allocated", n>>20)
	}
	if r.site.Sum("state", "boot_a", "root_a") != state || r.restarts != 0 {
		t.Error("something was changed")
	}
}

// runs is how many random lives of a board are led.
const runs = 20

// TestArmedOnlyWhole is a property: whatever comes, in whatever order, the boot state
// only ever tries a slot that is whole, and what runs is whole.
func TestArmedOnlyWhole(t *testing.T) {
	y := newYard(t)
	next := y.fleet.Bundle(t, 9, nil)
	for seed := range uint64(runs) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		done := []string{}
		r := y.stickRig(t)
		whole := func() {
			st := r.site.State()
			if st.Try != "" && st.Left > 0 && r.site.Holds(st.Try) == 0 {
				t.Fatalf("run %d: %q: %+v, and the slot is not whole", seed, done, st)
			}
			if r.site.Holds(r.agent.board.Running.Slot) == 0 {
				t.Fatalf("run %d: %q: what runs is not whole", seed, done)
			}
		}
		id := 0
		for range 3 + rnd.IntN(8) {
			what := pick(rnd, "job", "newer job", "withdraw", "stick", "damaged stick", "spoil", "busy", "turn", "turns", "reboot", "stop")
			done = append(done, what)
			switch what {
			case "job", "newer job":
				id++
				r.clock.pass(lookSoon)
				r.fetch.file = y.file
				build := uint64(8)
				if what == "newer job" {
					r.fetch.file, build = next, 9
				}
				_ = r.agent.Offer(r.sign(r.job(func(j *wire.Job) { j.ID, j.Build = "r"+string(rune('a'+id)), build })))
			case "withdraw":
				if s, _ := r.agent.State(); s.Job != nil && s.Job.To != 0 {
					r.clock.pass(lookSoon)
					_ = r.agent.Offer(r.sign(r.job(func(j *wire.Job) { j.ID, j.Build, j.Withdrawn = s.Job.ID, s.Job.To, true })))
				}
			case "stick", "damaged stick":
				file := next
				if what == "damaged stick" {
					file = flipped(next, len(next)/2)
				}
				r.agent.plug(nil)
				r.plugIn(map[string][]byte{"v9.wkb": file})
				_ = r.choose("v9.wkb")
			case "spoil":
				if st := r.site.State(); st.Try == "" && st.Good == r.agent.board.Running.Slot { // the idle slot, before it is armed
					r.site.Spoil("root_"+string(st.Good.Other()), rnd.Int64N(manifest.ChunkSize))
				}
			case "busy":
				r.kioskd.err = pick(rnd, nil, ErrBusy, ErrDown)
			case "turn":
				r.clock.pass(r.agent.turn(t.Context()))
			case "turns":
				r.turns(final)
			case "reboot":
				if run := r.boot(pick(rnd, nil, errLine)); run.Mode == slot.Fallback {
					t.Fatalf("run %d: %q: %+v: what was tried did not start", seed, done, run)
				}
			case "stop":
				r.start()
			}
			whole()
			if r.down {
				r.boot(nil)
				whole()
			}
		}
	}
}

func pick[T any](rnd *rand.Rand, of ...T) T { return of[rnd.IntN(len(of))] }
