package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

const (
	jobCheck  = 15 * time.Second       // between looks at the rollouts without news
	jobPause  = 250 * time.Millisecond // between two looks
	jobResend = 10 * time.Minute       // a job whose end was not reported is sent again
)

// JobBooks is what the server needs of rollouts.
type JobBooks interface {
	ActiveRollouts(ctx context.Context) ([]rollout.Rollout, error)
	Advance(ctx context.Context, id string, now time.Time) (rollout.Rollout, error)
	OpenJobs(ctx context.Context, now time.Time) ([]rollout.OpenJob, error)
	SaveJobReport(ctx context.Context, kiosk string, r wire.JobReport, now time.Time) (rollout string, news bool, err error)
}

// retained is a job as it was published to a kiosk.
type retained struct {
	id        string
	withdrawn bool
	at        time.Time
	ups       uint64 // Server.ups before that: the broker may have forgotten it since
}

// KickJobs says that a rollout may have something to do. It never blocks.
func (s *Server) KickJobs() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// keepJobs takes rollouts on, and keeps every kiosk's job retained until its end
// has been reported.
func (s *Server) keepJobs(ctx context.Context) {
	tick := time.NewTicker(jobCheck)
	defer tick.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.news:
		case <-tick.C:
		}
		select { // what comes in the meantime is one look
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		s.advance(ctx)
		s.offerJobs(ctx)
		s.offerBankOrders(ctx)
		pause.Reset(jobPause)
	}
}

// advance takes every rollout on that has something to do.
func (s *Server) advance(ctx context.Context) {
	active, err := s.cfg.Books.ActiveRollouts(ctx)
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Error("cannot read rollouts", "error", err)
	}
	for _, r := range active {
		after, err := s.cfg.Books.Advance(ctx, r.ID, s.cfg.Now())
		switch {
		case err != nil && ctx.Err() == nil:
			s.cfg.Log.Error("cannot go on with a rollout", "rollout", r.ID, "error", err)
		case err == nil && (after.State != r.State || after.Wave != r.Wave):
			s.cfg.Log.Info("rollout goes on", "rollout", r.ID, "state", after.State, "wave", after.Wave+1, "reason", after.Reason.Code)
		}
	}
}

// offerJobs publishes what is open and was not sent, or not lately, and clears what
// is not open any more. What the broker does not take ends it: the line is down, and
// kicks when it is up.
func (s *Server) offerJobs(ctx context.Context) {
	now := s.cfg.Now()
	open, err := s.cfg.Books.OpenJobs(ctx, now)
	if err != nil {
		if ctx.Err() == nil {
			s.cfg.Log.Error("cannot read jobs", "error", err)
		}
		return
	}
	have := map[string]bool{}
	for _, j := range open {
		have[j.Kiosk] = true
		ups, due := s.jobDue(j, now)
		if !due {
			continue
		}
		signed, err := s.signedJob(j, now)
		if err != nil {
			s.cfg.Log.Error("cannot make a job", "kiosk", j.Kiosk, "job", j.ID, "error", err)
			continue
		}
		if !s.publish(ctx, wire.Down(j.Kiosk, wire.ChanJob, ""), signed, true) {
			return
		}
		s.count.Jobs.Add(1)
		s.retain(j.Kiosk, retained{j.ID, j.Withdrawn, now, ups})
	}
	for _, kiosk := range s.retainedBeside(have) {
		if !s.put(ctx, wire.Down(kiosk, wire.ChanJob, ""), nil, true) {
			return
		}
		s.retain(kiosk, retained{})
	}
}

func (s *Server) signedJob(j rollout.OpenJob, now time.Time) (wire.Signed, error) {
	m, err := s.jobMessage(j, now)
	if err != nil {
		return wire.Signed{}, err
	}
	return wire.SignJob(s.cfg.Key, m)
}

// jobMessage is the message that gives a kiosk its job.
func (s *Server) jobMessage(j rollout.OpenJob, now time.Time) (wire.Job, error) {
	spec, b := j.Rollout.Spec, j.Rollout.Bundle
	m := wire.Job{
		V: wire.Version, Kiosk: j.Kiosk, ID: j.ID, Kind: j.Kind, Issued: min(now.UnixMilli(), j.Deadline-1), Deadline: j.Deadline, Withdrawn: j.Withdrawn,
		Build: j.Build, Window: spec.Window, JitterSeconds: spec.JitterSeconds, BytesPerSecond: spec.BytesPerSecond,
	}
	if j.Kind == wire.JobRollback {
		return m, nil
	}
	if s.cfg.BundleURL == nil {
		return m, errors.New("kiosks cannot fetch bundles here")
	}
	var sum manifest.Digest
	if err := sum.UnmarshalText([]byte(b.SHA256)); err != nil {
		return m, fmt.Errorf("bundle: %w", err)
	}
	m.Version, m.Bundle = b.Version, &wire.JobBundle{URL: s.cfg.BundleURL(b.SHA256), Size: b.Size, SHA256: sum}
	return m, nil
}

// jobDue reports whether a kiosk has to be sent its job, and how often the link has
// come up so far.
func (s *Server) jobDue(j rollout.OpenJob, now time.Time) (ups uint64, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.jobs[j.Kiosk]
	return s.ups, t.id != j.ID || t.withdrawn != j.Withdrawn || t.ups != s.ups || now.Sub(t.at) >= jobResend
}

// retain notes what is retained for a kiosk; nothing if r is zero.
func (s *Server) retain(kiosk string, r retained) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.id == "" {
		delete(s.jobs, kiosk)
		return
	}
	s.jobs[kiosk] = r
}

// retainedBeside are the kiosks that have a job retained and are not in have.
func (s *Server) retainedBeside(have map[string]bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for k := range s.jobs {
		if !have[k] {
			out = append(out, k)
		}
	}
	return out
}

// jobReport keeps what a kiosk says of its job. What it has ended, or what nobody
// knows here, is taken from its topic.
func (s *Server) jobReport(ctx context.Context, j job) {
	kiosk := j.addr.Kiosk
	r, err := wire.DecodeJobReport(j.addr.ID, j.payload)
	if err != nil {
		s.count.Bad.Add(1)
		s.cfg.Log.Warn("job report refused", "kiosk", kiosk, "error", err)
		return
	}
	_, news, err := s.cfg.Books.SaveJobReport(ctx, kiosk, r, s.cfg.Now())
	switch {
	case errors.Is(err, stored.ErrNotFound):
		s.cfg.Log.Warn("report about a job that is not known", "kiosk", kiosk, "job", r.ID)
	case err != nil:
		if ctx.Err() == nil {
			s.cfg.Log.Error("cannot keep a job report", "kiosk", kiosk, "job", r.ID, "error", err)
		}
		return
	}
	s.count.JobReports.Add(1)
	if r.Phase.Final() || err != nil {
		s.remember(kiosk, r.ID)
	}
	if news || r.Phase.Final() || err != nil {
		s.KickJobs()
	}
}

// remember notes that a kiosk has a job on its topic, or may have.
func (s *Server) remember(kiosk, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, had := s.jobs[kiosk]; !had {
		s.jobs[kiosk] = retained{id: id}
	}
}
