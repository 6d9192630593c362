package updater

import (
	"time"

	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/uplink/wire"
)

// act is what the agent does next for a job.
type act string

// The acts.
const (
	actWait    act = "wait"
	actFetch   act = "fetch"   // fetch the bundle and write the idle slot
	actContent act = "content" // fetch the bundle and install its packs
	actRestart act = "restart" // hold, arm what is not armed, and restart
	actEnd     act = "end"     // the job is over: phase, code and detail
)

// Codes of an end that this package decides; the others are of ota/update and
// ota/bundle, or of settling (gates, fell-back).
const (
	codeDeadline     = "deadline"
	codeNotSupported = "not-supported"
	codeNotRestarted = "not-restarted"
	codeWrongFile    = "wrong-file"
	codeWrongBuild   = "wrong-build"
	codeMixed        = "mixed"
)

// MaxRestarts is how often the board is restarted for one job, or one stick, if the
// new slot is not tried.
const MaxRestarts = 3

// How long nothing is looked at while a job waits.
const (
	lookOften = 2 * time.Second  // on trial
	lookSoon  = 5 * time.Second  // a hold, or another's pending update
	lookLater = 30 * time.Second // jitter, window
)

// facts are what a decision is made of.
type facts struct {
	now     time.Time
	known   bool // whether a deadline may be judged by now
	window  bool // whether the job's window is open
	running uint64
	trial   bool // the running slot must still prove itself
	mode    slot.Mode
	pending *update.Pending
	armed   bool          // pending, and not tried yet
	ended   *update.Entry // how the history says that this job came out
	staged  bool          // the idle slot is written for this job
	content bool          // there is somebody to install content
}

// decision is an act and what belongs to it.
type decision struct {
	act     act
	wait    time.Duration
	phase   wire.Phase // reported before the act, or while waiting
	percent int        // of it, if it is known; else 0
	code    string
	detail  string
}

func wait(d time.Duration, phase wire.Phase) decision {
	return decision{act: actWait, wait: d, phase: phase}
}

func end(phase wire.Phase, code, detail string) decision {
	return decision{act: actEnd, phase: phase, code: code, detail: detail}
}

// decide says what comes next for a job that is not at its end. In this order:
//
//	pending by this job      on trial: wait for the verdict; armed: restart in the window
//	settled by the history   good, or fell-back once another slot runs
//	withdrawn, deadline      the end
//	something else pending   wait
//	the build runs           good
//	staged                   restart in the window
//	else                     fetch, once the jitter is over
func decide(r record, f facts) decision {
	if f.pending != nil && f.pending.By == r.by() {
		return decideArmed(r, f)
	}

	if f.ended != nil {
		return decideEnded(f)
	}

	if d, over := decideOver(r, f); over {
		return d
	}

	switch {
	case f.pending != nil || f.trial:
		return wait(lookSoon, r.Report.Phase)
	case r.Job.Kind == wire.JobContent:
		return decideFetch(r, f, actContent)
	case f.running == r.Job.Build:
		return end(wire.PhaseGood, "", "this build runs already")
	case f.staged:
		d := decideRestart(r, f, wire.PhaseWriting)
		if d.act != actEnd {
			d.percent = 100
		}
		return d
	case r.Job.Kind == wire.JobRollback:
		return decideRestart(r, f, r.Report.Phase)
	}

	return decideFetch(r, f, actFetch)
}

func decideArmed(r record, f facts) decision {
	switch {
	case f.trial:
		return wait(lookOften, wire.PhaseTrial)
	case !f.armed: // about to be settled
		return wait(lookOften, r.Report.Phase)
	}
	return decideRestart(r, f, wire.PhaseArmed)
}

// decideRestart waits for the window, and gives up what was restarted for in vain.
func decideRestart(r record, f facts, phase wire.Phase) decision {
	switch {
	case r.Restarts >= MaxRestarts:
		return end(wire.PhaseFailed, codeNotRestarted, "the board was restarted, and the other slot was not tried")
	case !f.window:
		return wait(lookLater, phase)
	}
	return decision{act: actRestart, phase: phase}
}

// decideEnded believes a failure only once the slot that failed does not run any
// more: before, the restart is still to come.
func decideEnded(f facts) decision {
	switch {
	case f.ended.What == update.EntryGood:
		return end(wire.PhaseGood, "", "")
	case f.mode == slot.Trial && f.running == f.ended.Build:
		return wait(lookOften, wire.PhaseTrial)
	}
	return end(wire.PhaseFellBack, f.ended.Code, f.ended.Detail)
}

// decideOver ends what was called back or is too late.
func decideOver(r record, f facts) (decision, bool) {
	late := f.known && f.now.UnixMilli() >= r.Job.Deadline
	switch {
	case r.Job.Withdrawn:
		return end(wire.PhaseRefused, wire.CodeWithdrawn, ""), true
	case late && begun(r.Report.Phase):
		return end(wire.PhaseFailed, codeDeadline, r.Report.Detail), true
	case late:
		return end(wire.PhaseRefused, codeDeadline, r.Report.Detail), true
	case r.Job.Kind == wire.JobContent && !f.content:
		return end(wire.PhaseRefused, codeNotSupported, "this kiosk takes no content bundles"), true
	}
	return decision{}, false
}

// begun reports whether something of the idle slot may have been written.
func begun(p wire.Phase) bool {
	return p != wire.PhaseOffered && p != wire.PhaseDownloading && p != wire.PhaseChecked
}

// decideFetch waits for the rest of the jitter, never for more than all of it. A
// phase that was reached before a cut stays.
func decideFetch(r record, f facts, a act) decision {
	rest := time.UnixMilli(r.FetchAt).Sub(f.now)
	if rest > 0 && rest <= time.Duration(r.Job.JitterSeconds)*time.Second {
		return wait(min(rest, lookLater), r.Report.Phase)
	}
	phase := wire.PhaseDownloading
	if r.Report.Phase != wire.PhaseOffered {
		phase = r.Report.Phase
	}
	return decision{act: a, phase: phase}
}
