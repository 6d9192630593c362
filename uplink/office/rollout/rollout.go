package rollout

import (
	"wattkiosk/uplink/wire"
)

// Times are Unix milliseconds by head office's clock unless a field says that
// they are the kiosk's.
const minute = 60 * 1000

// State is how far a rollout is; see the package comment.
type State string

// The states.
const (
	Draft       State = "draft"
	Running     State = "running"
	Paused      State = "paused"
	RollingBack State = "rolling-back"
	Stopped     State = "stopped"
	Done        State = "done"
)

// Active reports whether Decide has something to do with it.
func (s State) Active() bool { return s == Running || s == Paused || s == RollingBack }

// Bundle is what a rollout brings, as its manifest says.
type Bundle struct {
	SHA256  string       `json:"sha256"` // of the file
	Size    int64        `json:"size"`   // of the file
	Kind    wire.JobKind `json:"kind"`   // update, or content if it brings nothing else
	Board   string       `json:"board"`  // "*" is any
	Version string       `json:"version"`
	Build   uint64       `json:"build"`
}

// Rollout is one bundle on its way.
type Rollout struct {
	ID         string   `json:"id"`
	Spec       Spec     `json:"spec"`
	Bundle     Bundle   `json:"bundle"`
	State      State    `json:"state"`
	Wave       int      `json:"wave"`         // index of the wave that is open
	WaveAt     int64    `json:"wave_at"`      // since when
	WaveDoneAt int64    `json:"wave_done_at"` // since when it soaks; 0 while it is not over
	Reason     Reason   `json:"reason"`       // of the state, or of what holds it up
	RolledBack bool     `json:"rolled_back"`  // it was rolling back at some time
	CreatedBy  string   `json:"created_by"`
	CreatedAt  int64    `json:"created_at"`
	StartedBy  string   `json:"started_by"`
	StartedAt  int64    `json:"started_at"`
	EndedAt    int64    `json:"ended_at"`
	UpdatedAt  int64    `json:"updated_at"`
	Targets    []Target `json:"-"` // by rank
}

// Target is one kiosk of a rollout.
type Target struct {
	Kiosk string
	Wave  int    // index
	Rank  int    // order in which jobs are sent
	Skip  Reason // why no update was sent
	Stay  Reason // why it was not sent back
	Up    Job    // update or content
	Back  Job    // rollback
}

// Job is one job of one target, and the last report about it. An empty ID is none.
type Job struct {
	ID        string
	Kind      wire.JobKind
	Build     uint64 // that the kiosk is to run in the end
	SentAt    int64
	Deadline  int64
	Withdrawn bool

	Phase      wire.Phase // "" before the first report
	Percent    int
	Code       string
	Detail     string
	From, To   uint64
	KioskAt    int64 // of the last report, by the kiosk's clock
	ReportedAt int64 // when that came
}

// Open reports whether the kiosk still has to be told about the job: it has not
// reported its end, and may still do so.
func (j Job) Open(now, grace int64) bool {
	return j.ID != "" && !j.Phase.Final() && now <= j.Deadline+grace
}

// Reported is the job after a report about it, and whether that says anything new.
// What follows a final report changes nothing.
func (j Job) Reported(r wire.JobReport, now int64) (Job, bool) {
	if j.ID != r.ID || j.Phase.Final() {
		return j, false
	}
	j.Phase, j.Percent, j.Code, j.Detail, j.From, j.To = r.Phase, r.Percent, r.Code, r.Detail, r.From, r.To
	j.KioskAt, j.ReportedAt = r.At, now
	return j, true
}

// Kiosk is what head office knows of a kiosk beside the rollout.
type Kiosk struct {
	ID     string
	SeenAt int64
	Board  string // "" is not known
	Build  uint64 // 0 is not known
	Other  uint64 // in the other slot; 0 is not known
	Busy   string // id of an open job of another rollout
}

// ReasonCode names a reason. It is stable; pages have words for it.
type ReasonCode string

// Reasons of a state, and of what holds a rollout up.
const (
	WhyPerson   ReasonCode = "person"    // By did it, Note says why
	WhyFailures ReasonCode = "failures"  // Have failed, Limit were allowed
	WhySilent   ReasonCode = "silent"    // Have are silent, Limit were allowed
	WhySuccess  ReasonCode = "success"   // Have percent are good, Limit were needed
	WhySoaking  ReasonCode = "soaking"   // until Have, Unix ms
	WhyUnseen   ReasonCode = "unseen"    // Have good ones are not heard of, Limit are allowed
	WhyComplete ReasonCode = "complete"  // every wave has soaked
	WhyBack     ReasonCode = "went-back" // Have of Limit went back
)

// Reasons why a target got no job, or was not sent back.
const (
	SkipAlready  ReasonCode = "already"      // it runs this build
	SkipNewer    ReasonCode = "newer"        // it runs build Have
	SkipBoard    ReasonCode = "board"        // its board is Note
	SkipGone     ReasonCode = "not-enrolled" // nobody of this name any more
	StayUnknown  ReasonCode = "unknown-slot" // it did not say what it ran before
	StayOther    ReasonCode = "other-slot"   // the other slot holds build Have, not Limit
	StayMoved    ReasonCode = "moved-on"     // it runs build Have by now, not this one
	StayContent  ReasonCode = "content"      // content has no other slot
	StayNotFound ReasonCode = SkipGone
)

// Reason is why something is as it is.
type Reason struct {
	Code  ReasonCode `json:"code,omitempty"`
	Have  int64      `json:"have,omitempty"`
	Limit int64      `json:"limit,omitempty"`
	By    string     `json:"by,omitempty"`
	Note  string     `json:"note,omitempty"`
}
