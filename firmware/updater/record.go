package updater

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"wattkiosk/ota/update"
	"wattkiosk/uplink/wire"
)

// recordFile is the job and how far it is, in the updates' folder.
const recordFile = "job.json"

// recordVersion is the only format of it that exists.
const recordVersion = 1

// record is the last job, from when it came until the next comes.
type record struct {
	V        int            `json:"v"`
	Job      wire.Job       `json:"job"`
	FetchAt  int64          `json:"fetch_at"` // Unix ms; the jitter is over
	Report   wire.JobReport `json:"report"`
	Restarts int            `json:"restarts"` // begun for this job
	Quiet    bool           `json:"quiet"`    // head office wants no more of it
}

// by is who asks, in the history and in what is pending.
func (r record) by() string { return "job " + r.Job.ID }

// ended is how the history says that the job came out; nil if it does not.
func (r record) ended(list []update.Entry) *update.Entry {
	for i := len(list) - 1; i >= 0; i-- {
		e := list[i]
		if e.By == r.by() && e.Build == r.Job.Build && (e.What == update.EntryGood || e.What == update.EntryFellBack) {
			return &e
		}
	}
	return nil
}

func loadRecord(s update.Store) (*record, error) {
	data, err := s.Load(recordFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the job: %w", err)
	}
	return decodeRecord(data)
}

// decodeRecord reads a record and checks it as a message would be.
func decodeRecord(data []byte) (*record, error) {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("cannot read the job: %w", err)
	}
	if r.V != recordVersion {
		return nil, fmt.Errorf("cannot read the job: version %d", r.V)
	}
	if err := errors.Join(r.Job.Check(), r.Report.Check()); err != nil {
		return nil, fmt.Errorf("cannot read the job: %w", err)
	}
	if r.Report.ID != r.Job.ID {
		return nil, fmt.Errorf("cannot read the job: report of %s beside job %s", r.Report.ID, r.Job.ID)
	}
	return &r, nil
}

func saveRecord(s update.Store, r record) error {
	data, err := json.Marshal(r)
	if err == nil {
		err = s.Save(recordFile, data)
	}
	if err != nil {
		return fmt.Errorf("cannot keep the job: %w", err)
	}
	return nil
}

// newRecord takes a job on; share is the part of its jitter that it waits.
func newRecord(j wire.Job, running uint64, now time.Time, share float64) record {
	wait := time.Duration(share * float64(j.JitterSeconds) * float64(time.Second))
	return record{
		V: recordVersion, Job: j, FetchAt: now.Add(wait).UnixMilli(),
		Report: wire.JobReport{V: wire.Version, ID: j.ID, Phase: wire.PhaseOffered, From: running, To: j.Build, At: max(now.UnixMilli(), 0)},
	}
}

// detail fits an error's words into a report.
func detail(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > wire.MaxJobDetail {
		s = strings.ToValidUTF8(s[:wire.MaxJobDetail], "")
	}
	return s
}
