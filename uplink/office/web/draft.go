package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/uplink/office/rollout"
)

const (
	waveRows  = 5 // of the form, at least
	maxNumber = 1_000_000
)

// newRolloutData is the form of a draft.
type newRolloutData struct {
	Spec     rollout.Spec
	Bundles  []bundleRow
	Groups   []formGroup
	Waves    []formWave
	From, To string
	Rate     int64 // KiB/s
	Jitter   int   // minutes
	Error    string
}

type (
	formWave  struct{ Who, Soak string }
	formGroup struct {
		rollout.Group
		Picked bool
	}
)

func (s *rolloutPages) newRolloutPage(w http.ResponseWriter, r *http.Request) {
	spec := rollout.Defaults()
	spec.Bundle = r.URL.Query().Get("bundle")
	s.showNewRollout(w, r, http.StatusOK, spec, "")
}

func (s *rolloutPages) showNewRollout(w http.ResponseWriter, r *http.Request, status int, spec rollout.Spec, wrong string) {
	bundles, err := s.bundleRows(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	groups, err := s.cfg.Store.Groups(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	from, to, _ := strings.Cut(hours(spec.Window), "–")
	d := newRolloutData{Spec: spec, Bundles: bundles, From: from, To: to, Rate: spec.BytesPerSecond / 1024, Jitter: spec.JitterSeconds / 60, Error: wrong}
	for _, g := range groups {
		d.Groups = append(d.Groups, formGroup{g, slices.Contains(spec.Groups, g.Name)})
	}
	for i := range max(waveRows, len(spec.Waves)) {
		var f formWave
		if i < len(spec.Waves) {
			wave := spec.Waves[i]
			f.Who, f.Soak = strings.Join(wave.Kiosks, " "), strconv.FormatFloat(wave.Soak().Hours(), 'f', -1, 64)
			if wave.Percent != 0 {
				f.Who = fmt.Sprintf("%d%%", wave.Percent)
			}
		}
		d.Waves = append(d.Waves, f)
	}
	s.show(w, r, status, "newrollout", page{Title: language(r).t("roll.new"), Nav: "rolls"}, d)
}

// createForm makes a draft, or shows the form again with what is wrong.
func (s *rolloutPages) createForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	spec, err := specOf(r)
	var x rollout.Rollout
	if err == nil {
		x, err = s.cfg.Store.CreateRollout(r.Context(), spec, person(r.Context()).Name, s.now())
	}
	switch {
	case errors.Is(err, rollout.ErrSpec):
		s.showNewRollout(w, r, http.StatusBadRequest, spec, err.Error())
	case err != nil:
		s.failPage(w, r, err)
	default:
		http.Redirect(w, r, withNote("/rollouts/"+pathEscape(x.ID), "roll.created"), http.StatusSeeOther)
	}
}

// specOf reads the form of a draft.
func specOf(r *http.Request) (rollout.Spec, error) {
	f := r.PostForm
	spec := rollout.Defaults()
	spec.Title, spec.Bundle, spec.Groups = strings.TrimSpace(f.Get("title")), f.Get("bundle"), f["group"]
	spec.AutoRollback = f.Get("auto_rollback") != ""
	var rate int
	for name, to := range map[string]*int{
		"min_success": &spec.Gate.MinSuccess, "max_failures": &spec.Gate.MaxFailures, "max_silent": &spec.Gate.MaxSilent,
		"silent_minutes": &spec.Gate.SilentMinutes, "jitter_minutes": &spec.JitterSeconds, "job_hours": &spec.JobHours,
		"max_in_flight": &spec.MaxInFlight, "rate": &rate,
	} {
		n, err := strconv.Atoi(strings.TrimSpace(f.Get(name)))
		if err != nil || n < 0 || n > maxNumber {
			return spec, fmt.Errorf("%w: %s: want a number", rollout.ErrSpec, name)
		}
		*to = n
	}
	spec.JitterSeconds *= 60
	spec.BytesPerSecond = int64(rate) * 1024
	var err error
	if spec.Window, err = rollout.ParseWindow(f.Get("from"), f.Get("to")); err != nil {
		return spec, err
	}
	spec.Waves, err = wavesOf(f["who"], f["soak"])
	return spec, err
}

// wavesOf are the rows of the form that are filled in.
func wavesOf(who, soak []string) ([]rollout.Wave, error) {
	var out []rollout.Wave
	for i, text := range who {
		if strings.TrimSpace(text) == "" {
			continue
		}
		h := 0.0
		if i < len(soak) && strings.TrimSpace(soak[i]) != "" {
			var err error
			if h, err = strconv.ParseFloat(strings.TrimSpace(soak[i]), 64); err != nil || !(h >= 0 && h <= maxNumber) {
				return nil, fmt.Errorf("%w: wave %d: soak: want hours", rollout.ErrSpec, i+1)
			}
		}
		w, err := rollout.ParseWave(text, time.Duration(h*float64(time.Hour)))
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}
