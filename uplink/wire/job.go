package wire

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"net/url"
	"time"

	"wattkiosk/ota/manifest"
)

// Bounds of jobs and their reports.
const (
	MaxJobURL      = 512         // bytes
	MaxJobVersion  = 64          // bytes
	MaxJobCode     = 64          // bytes
	MaxJobDetail   = 500         // bytes
	MaxJobJitter   = 6 * 60 * 60 // seconds
	MinJobRate     = 1 << 10     // bytes per second, if there is a limit at all
	MaxJobBundle   = 8 << 30     // bytes
	MinutesOfDay   = 24 * 60
	percentOfWhole = 100
)

// JobKind is what a job wants done.
type JobKind string

// Kinds of job.
const (
	JobUpdate   JobKind = "update"   // install the bundle into the idle slot and try it
	JobRollback JobKind = "rollback" // go back to Build in the idle slot; nothing is fetched
	JobContent  JobKind = "content"  // install the bundle's content packs, or firmware of devices; no restart
)

// Job is the one thing that head office wants of a kiosk's software. It travels
// inside Signed, retained on job, and again until the kiosk has reported its end.
//
// A kiosk keeps the id of its last job and the last report about it. A job with
// another id is begun; of one with the same id it takes over URL, deadline and
// Withdrawn, and answers with its last report. An empty message means that head
// office wants nothing more: the last report need not be sent again.
type Job struct {
	V        int     `json:"v"`
	Kiosk    string  `json:"kiosk"`
	ID       string  `json:"id"`
	Kind     JobKind `json:"kind"`
	Issued   int64   `json:"issued"`   // Unix ms
	Deadline int64   `json:"deadline"` // Unix ms; what is not armed by then is given up
	// Withdrawn takes the job back: a kiosk that has not armed it gives it up and
	// reports refused with CodeWithdrawn; any other goes on and reports its end.
	Withdrawn bool `json:"withdrawn,omitempty"`

	Build   uint64     `json:"build"`             // that the kiosk is to run in the end; 0 for content
	Version string     `json:"version,omitempty"` // of it, for people
	Bundle  *JobBundle `json:"bundle,omitempty"`  // all but rollback

	Window         Window `json:"window"`           // when the kiosk may restart
	JitterSeconds  int    `json:"jitter_seconds"`   // wait a random part of this before fetching
	BytesPerSecond int64  `json:"bytes_per_second"` // of fetching; 0 is no limit
}

// JobBundle is where a job's bundle is, and the size and hash of the whole file.
// It is fetched with HTTP Range from head office, over TLS 1.3 with the kiosk's
// own certificate and under head office's authority.
type JobBundle struct {
	URL    string          `json:"url"` // https
	Size   int64           `json:"size"`
	SHA256 manifest.Digest `json:"sha256"`
}

// Window is a part of every day in the kiosk's local time, in minutes after
// midnight: From is in it, To is not. If To is less than From it goes past
// midnight; if they are the same it is the whole day.
type Window struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Check says whether the window lies in a day.
func (w Window) Check() error {
	if w.From < 0 || w.From >= MinutesOfDay || w.To < 0 || w.To >= MinutesOfDay {
		return fmt.Errorf("%w: window: from %d to %d", ErrMessage, w.From, w.To)
	}
	return nil
}

// Holds reports whether t, by its own zone, lies in the window.
func (w Window) Holds(t time.Time) bool {
	m := t.Hour()*60 + t.Minute()
	switch {
	case w.From == w.To:
		return true
	case w.From < w.To:
		return w.From <= m && m < w.To
	}
	return w.From <= m || m < w.To
}

// Check says whether a job makes sense in itself. Whether it is for this kiosk
// and in time is for the kiosk.
func (j Job) Check() error {
	switch {
	case j.V != Version:
		return fmt.Errorf("%w: job: v %d, want %d", ErrMessage, j.V, Version)
	case !PlainName(j.Kiosk):
		return fmt.Errorf("%w: job: kiosk %.80q", ErrMessage, j.Kiosk)
	case !PlainName(j.ID):
		return fmt.Errorf("%w: job: id %.80q", ErrMessage, j.ID)
	case j.Issued <= 0 || j.Deadline <= j.Issued:
		return fmt.Errorf("%w: job: deadline %d, issued %d", ErrMessage, j.Deadline, j.Issued)
	case len(j.Version) > MaxJobVersion:
		return fmt.Errorf("%w: job: version of %d bytes", ErrMessage, len(j.Version))
	case j.JitterSeconds < 0 || j.JitterSeconds > MaxJobJitter:
		return fmt.Errorf("%w: job: jitter_seconds %d", ErrMessage, j.JitterSeconds)
	case j.BytesPerSecond != 0 && j.BytesPerSecond < MinJobRate:
		return fmt.Errorf("%w: job: bytes_per_second %d", ErrMessage, j.BytesPerSecond)
	}
	if err := j.Window.Check(); err != nil {
		return err
	}
	return j.checkKind()
}

func (j Job) checkKind() error {
	switch {
	case j.Kind != JobUpdate && j.Kind != JobRollback && j.Kind != JobContent:
		return fmt.Errorf("%w: job: kind %.80q", ErrMessage, j.Kind)
	case j.Kind != JobContent && j.Build == 0:
		return fmt.Errorf("%w: job: %s without build", ErrMessage, j.Kind)
	case (j.Kind == JobRollback) != (j.Bundle == nil):
		return fmt.Errorf("%w: job: bundle does not belong to kind %s, or is missing", ErrMessage, j.Kind)
	case j.Bundle == nil:
		return nil
	}
	return j.Bundle.check()
}

func (b JobBundle) check() error {
	u, err := url.Parse(b.URL)
	switch {
	case err != nil || len(b.URL) > MaxJobURL || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("%w: job: url of %d bytes is not https with a host", ErrMessage, len(b.URL))
	case b.Size <= 0 || b.Size > MaxJobBundle:
		return fmt.Errorf("%w: job: size %d", ErrMessage, b.Size)
	case b.SHA256 == manifest.Digest{}:
		return fmt.Errorf("%w: job: sha256 is missing", ErrMessage)
	}
	return nil
}

// jobContext separates jobs from policies under the same key.
const jobContext = "wattkiosk job v1"

// SignJob checks j and puts it under head office's key.
func SignJob(key crypto.Signer, j Job) (Signed, error) {
	return seal(key, jobContext, j)
}

// OpenJob verifies the signature before it reads a byte of the body, then decodes
// and checks the job. A wrong key or a changed byte is ErrSignature.
func OpenJob(pub ed25519.PublicKey, s Signed) (Job, error) {
	return unseal[Job](pub, jobContext, "job", s)
}
