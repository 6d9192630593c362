package wire

import (
	"fmt"
	"math"
	"unicode"
)

// Phase is how far a kiosk is with a job.
type Phase string

// Phases, in the order of an update. The last four are final. Content goes from
// writing to good; a rollback from offered to armed.
const (
	PhaseOffered     Phase = "offered"     // taken, and waiting (jitter, window)
	PhaseDownloading Phase = "downloading" // Percent of the bundle
	PhaseChecked     Phase = "checked"     // signatures, hashes and fitness are right
	PhaseWriting     Phase = "writing"     // Percent of the payloads
	PhaseArmed       Phase = "armed"       // the other slot is ready to be tried
	PhaseRebooting   Phase = "rebooting"   // the kiosk goes down now
	PhaseTrial       Phase = "trial"       // it runs the new build, and watches itself
	PhaseGood        Phase = "good"        // the new build was marked good
	PhaseFellBack    Phase = "fell-back"   // it did not do; the kiosk runs what it ran before
	PhaseRefused     Phase = "refused"     // not for this kiosk, too late or withdrawn; nothing was changed
	PhaseFailed      Phase = "failed"      // begun and given up; the kiosk runs what it ran before
)

// CodeWithdrawn is the code of a refusal because the job was taken back.
const CodeWithdrawn = "withdrawn"

// Known reports whether p is one of the phases.
func (p Phase) Known() bool {
	switch p {
	case PhaseOffered, PhaseDownloading, PhaseChecked, PhaseWriting, PhaseArmed, PhaseRebooting, PhaseTrial:
		return true
	}
	return p.Final()
}

// Final reports whether nothing follows p.
func (p Phase) Final() bool {
	switch p {
	case PhaseGood, PhaseFellBack, PhaseRefused, PhaseFailed:
		return true
	}
	return false
}

// Armed reports whether a kiosk in p cannot be called back: it is about to try
// the other slot, or does.
func (p Phase) Armed() bool { return p == PhaseArmed || p == PhaseRebooting || p == PhaseTrial }

// JobReport is how far a kiosk is with a job, on job/<id>. It is sent at every
// change of phase, at most every few seconds for Percent, and again for every Job
// of the same id that comes.
type JobReport struct {
	V       int    `json:"v"`
	ID      string `json:"id"` // of the job
	Phase   Phase  `json:"phase"`
	Percent int    `json:"percent"`          // of the phase
	Code    string `json:"code,omitempty"`   // stable; why it was refused, failed or fell back
	Detail  string `json:"detail,omitempty"` // for people
	From    uint64 `json:"from"`             // build that ran when the job came
	To      uint64 `json:"to"`               // build that the job leads to; 0 for content
	At      int64  `json:"at"`               // Unix ms by the kiosk's clock
}

// Check says whether a report makes sense in itself.
func (r JobReport) Check() error {
	switch {
	case r.V != Version:
		return fmt.Errorf("%w: job report: v %d, want %d", ErrMessage, r.V, Version)
	case !PlainName(r.ID):
		return fmt.Errorf("%w: job report: id %.80q", ErrMessage, r.ID)
	case !r.Phase.Known():
		return fmt.Errorf("%w: job report: phase %.80q", ErrMessage, r.Phase)
	case r.Percent < 0 || r.Percent > percentOfWhole:
		return fmt.Errorf("%w: job report: percent %d", ErrMessage, r.Percent)
	case r.Code != "" && (len(r.Code) > MaxJobCode || !PlainName(r.Code)):
		return fmt.Errorf("%w: job report: code %.80q", ErrMessage, r.Code)
	case len(r.Detail) > MaxJobDetail || hasControl(r.Detail):
		return fmt.Errorf("%w: job report: detail of %d bytes", ErrMessage, len(r.Detail))
	case r.From > math.MaxInt64 || r.To > math.MaxInt64:
		return fmt.Errorf("%w: job report: build %d or %d", ErrMessage, r.From, r.To)
	case r.At < 0 || r.At >= latest:
		return fmt.Errorf("%w: job report: at %d", ErrMessage, r.At)
	}
	return nil
}

// DecodeJobReport decodes and checks a report that came on job/<id>.
func DecodeJobReport(id string, b []byte) (JobReport, error) {
	var r JobReport
	if err := Decode(b, &r); err != nil {
		return JobReport{}, err
	}
	if err := r.Check(); err != nil {
		return JobReport{}, err
	}
	if r.ID != id {
		return JobReport{}, fmt.Errorf("%w: job report: id %.80q on topic of %.80q", ErrMessage, r.ID, id)
	}
	return r, nil
}

func hasControl(s string) bool {
	for _, c := range s {
		if unicode.IsControl(c) {
			return true
		}
	}
	return false
}
