package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/office/depot"
	"wattkiosk/uplink/office/depot/depottest"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/wire"
)

const bundleSum = "ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12"

// campaign is a town of 20 kiosks with rollouts at every stage: a draft, one under
// way, one that stopped by itself and rolls back, and one that is done.
type campaign struct {
	*town
	draft, running, broken, done string
	at                           time.Time
}

func newCampaign(t testing.TB) *campaign {
	t.Helper()
	w, _ := morning(t)
	c := &campaign{town: w, at: noon.Add(-30 * time.Hour)}
	for i := range 20 {
		c.runs(fmt.Sprint(10000001+i), 41, 40, noon.Add(-5*time.Second))
	}
	_, err := w.store.AddBundle(t.Context(), rollout.StoredBundle{
		Bundle:  rollout.Bundle{SHA256: bundleSum, Size: 93_500_000, Kind: wire.JobUpdate, Board: "qemuarm64", Version: "1.4.0", Build: 42},
		Product: "wattkiosk", Floor: 40, Notes: "修复识币器重连；新增停电公告", Signers: "release-1",
	}, "li", c.at)
	w.check(err)
	_, err = w.store.AddBundle(t.Context(), rollout.StoredBundle{
		Bundle: rollout.Bundle{SHA256: strings.Repeat("cd", 32), Size: 12_400_000, Kind: wire.JobContent, Board: "*", Version: "2026.11.23", Build: 7},
		Notes:  "冬季用电宣传片",
	}, "wang", noon.Add(-2*time.Hour))
	w.check(err)
	w.check(w.store.SetGroup(t.Context(), "pilot", []string{"10000001", "10000002", "10000003", "10000004"}, "li", c.at))
	w.check(w.store.SetGroup(t.Context(), "lobby", []string{"10000005", "10000006", "10000007"}, "li", c.at))
	c.done = c.finish()
	c.broken = c.breakDown()
	c.running = c.underWay()
	c.draft = c.create("1.4.0 全网", nil, noon.Add(-20*time.Minute))
	return c
}

func (c *campaign) runs(id string, build, other uint64, seen time.Time) {
	c.t.Helper()
	online := true
	st := wire.State{Version: "1.0.0", Screen: "idle", Paper: "ok", Board: "qemuarm64", Build: build, Other: other}
	if k, err := c.store.Kiosk(c.t.Context(), id); err == nil {
		if v := viewKiosk(k, nil); v.Report != nil {
			st, online = *v.Report, k.Online
			st.Board, st.Build, st.Other = "qemuarm64", build, other
			if !online {
				seen = time.UnixMilli(k.SeenAt)
			}
		}
		b, err := wire.Encode(st)
		c.check(err)
		_, err = c.store.SaveReports(c.t.Context(), []fleet.Report{{Kiosk: id, Online: online, Live: true, Text: string(b), At: seen}})
		c.check(err)
		return
	}
	c.kiosk(id, online, seen, st)
}

func (c *campaign) create(title string, groups []string, at time.Time) string {
	c.t.Helper()
	spec := rollout.Defaults()
	spec.Title, spec.Bundle, spec.JitterSeconds = title, bundleSum, 0
	spec.Groups = append(spec.Groups, groups...)
	spec.Waves = []rollout.Wave{{Percent: 10, SoakMinutes: 30}, {Percent: 50, SoakMinutes: 24 * 60}, {Percent: 100, SoakMinutes: 60}}
	r, err := c.store.CreateRollout(c.t.Context(), spec, "li", at)
	c.check(err)
	return r.ID
}

func (c *campaign) start(id string, at time.Time) {
	c.t.Helper()
	_, err := c.store.OrderRollout(c.t.Context(), id, rollout.Start, "wang", "已核对版本与范围", at)
	c.check(err)
	c.advance(id, at)
}

func (c *campaign) advance(id string, at time.Time) rollout.Rollout {
	c.t.Helper()
	r, err := c.store.Advance(c.t.Context(), id, at)
	c.check(err)
	return r
}

func (c *campaign) report(kiosk, id string, phase wire.Phase, percent int, code, detail string, at time.Time) {
	c.t.Helper()
	rep := wire.JobReport{V: 1, ID: id, Phase: phase, Percent: percent, Code: code, Detail: detail, From: 41, To: 42, At: at.UnixMilli()}
	_, _, err := c.store.SaveJobReport(c.t.Context(), kiosk, rep, at)
	c.check(err)
}

// each lets every open job of a rollout come to what fate says for its number.
func (c *campaign) each(id string, at time.Time, fate func(i int, kiosk, job string)) {
	c.t.Helper()
	jobs, err := c.store.OpenJobs(c.t.Context(), at)
	c.check(err)
	jobs = slices.DeleteFunc(jobs, func(j rollout.OpenJob) bool { return j.Rollout.ID != id })
	for i, j := range jobs {
		fate(i, j.Kiosk, j.ID)
	}
}

func (c *campaign) finish() string {
	id := c.create("1.4.0 试点", []string{"lobby"}, c.at)
	at := c.at.Add(time.Minute)
	c.start(id, at)
	for range 3 {
		c.each(id, at, func(_ int, kiosk, job string) { c.report(kiosk, job, wire.PhaseGood, 100, "", "", at) })
		c.advance(id, at)
		at = at.Add(25 * time.Hour)
		for _, k := range []string{"10000005", "10000006", "10000007"} {
			c.runs(k, 41, 42, at)
		}
		c.advance(id, at)
	}
	return id
}

func (c *campaign) breakDown() string {
	id := c.create("1.4.0 营业厅", nil, noon.Add(-9*time.Hour))
	at := noon.Add(-8 * time.Hour)
	c.start(id, at)
	c.each(id, at, func(_ int, kiosk, job string) {
		c.report(kiosk, job, wire.PhaseGood, 100, "", "", at)
		c.runs(kiosk, 42, 41, noon.Add(-5*time.Second))
	})
	c.advance(id, at)
	at = at.Add(40 * time.Minute)
	c.advance(id, at)
	c.each(id, at, func(i int, kiosk, job string) {
		switch {
		case i < 3:
			c.report(kiosk, job, wire.PhaseFellBack, 100, "gates", "kioskd did not report ready within 180 s", at)
		case i < 5:
			c.report(kiosk, job, wire.PhaseGood, 100, "", "", at)
			c.runs(kiosk, 42, 41, noon.Add(-5*time.Second))
		case i < 6:
			c.report(kiosk, job, wire.PhaseDownloading, 38, "", "", at)
		}
	})
	at = at.Add(time.Minute)
	c.advance(id, at)
	c.each(id, at, func(i int, kiosk, job string) {
		switch {
		case strings.HasSuffix(job, "-back") && i%2 == 0:
			c.report(kiosk, job, wire.PhaseGood, 100, "", "", at)
		case strings.HasSuffix(job, "-up"):
			c.report(kiosk, job, wire.PhaseRefused, 0, wire.CodeWithdrawn, "", at)
		}
	})
	c.advance(id, at)
	return id
}

func (c *campaign) underWay() string {
	id := c.create("1.4.0 复测", []string{"pilot"}, noon.Add(-50*time.Minute))
	c.start(id, noon.Add(-45*time.Minute))
	c.each(id, noon, func(_ int, kiosk, job string) {
		c.report(kiosk, job, wire.PhaseDownloading, 38, "", "", noon.Add(-40*time.Second))
	})
	return id
}

// shelf is a depot in a folder of the test.
func shelf(t testing.TB, m *depottest.Maker) *depot.Depot {
	t.Helper()
	d, err := depot.Open(t.TempDir(), []minisign.PublicKey{m.Root}, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRolloutPages(t *testing.T) {
	c := newCampaign(t)
	d := openDesk(t, c.town, func(cfg *Config) { cfg.Depot = shelf(t, depottest.NewMaker(t, noon)) })
	pages := []string{"/rollouts", "/rollouts/new", "/rollouts/new?bundle=" + bundleSum}
	for _, id := range []string{c.draft, c.running, c.broken, c.done} {
		pages = append(pages, "/rollouts/"+id)
	}
	for _, name := range []string{"wang", "li"} {
		client := d.as(name)
		for _, language := range []string{"zh", "en"} {
			d.form(client, "/language", "language", language, "back", "/")
			for _, path := range pages {
				status, body := d.call(client, "GET", path, nil)
				if status != 200 || strings.Contains(body, missing) || strings.Contains(body, "%!") || strings.Contains(body, "ZgotmplZ") {
					t.Errorf("%s in %s: %d, or words are missing", path, language, status)
				}
				if strings.Contains(body, "style=\"") {
					t.Errorf("%s: inline style", path)
				}
			}
		}
	}
	client := d.as("wang")
	for name, id := range map[string]string{"draft": c.draft, "running": c.running, "broken": c.broken, "done": c.done} {
		_, body := d.call(client, "GET", "/rollouts/"+id+"?live=1", nil)
		golden(t, "rollout-"+name+".zh.txt", pageText(body))
	}
	_, body := d.call(client, "GET", "/rollouts?live=1", nil)
	golden(t, "rollouts.zh.txt", pageText(body))
}

// TestTwoPeople: who created a draft cannot start it, by page or by program, and
// is told so; another person can.
func TestTwoPeople(t *testing.T) {
	c := newCampaign(t)
	kicked := 0
	d := openDesk(t, c.town, func(cfg *Config) { cfg.Rollouts = func() { kicked++ } })
	li, wang := d.as("li"), d.as("wang")
	if _, body := d.call(li, "GET", "/rollouts/"+c.draft, nil); strings.Contains(body, "/start\"") || !strings.Contains(body, zh.t("roll.owndraft")) {
		t.Error("the page offers the author to start it, or does not say why not")
	}
	if status, body := d.call(li, "POST", "/api/v1/rollouts/"+c.draft+"/start", object{"reason": "启动"}); status != 403 || errCode(body) != "two-people" {
		t.Errorf("by the author: %d %s", status, body)
	}
	if status, _ := d.form(li, "/rollouts/"+c.draft+"/start", "reason", "启动"); status != 403 {
		t.Errorf("form of the author: %d", status)
	}
	if status, _ := d.form(wang, "/rollouts/"+c.draft+"/start", "reason", " "); status != 400 || kicked != 0 {
		t.Errorf("without a reason: %d, %d kicks", status, kicked)
	}
	if status, to := d.form(wang, "/rollouts/"+c.draft+"/start", "reason", "已核对"); status != 303 || !strings.HasSuffix(to, "?note=roll.start") || kicked != 1 {
		t.Errorf("by another: %d to %q, %d kicks", status, to, kicked)
	}
	if status, body := d.call(wang, "POST", "/api/v1/rollouts/"+c.draft+"/start", object{"reason": "再来"}); status != 409 || errCode(body) != "conflict" {
		t.Errorf("twice: %d %s", status, body)
	}
	if status, _ := d.form(wang, "/rollouts/"+c.draft+"/burn", "reason", "已核对"); status != 404 {
		t.Errorf("no such act: %d", status)
	}
	log, err := c.store.AuditLog(t.Context(), 8)
	c.check(err)
	var got []string
	for _, a := range log {
		if a.Action != "login" {
			got = append(got, a.User+" "+a.Action+" "+a.Reason)
		}
	}
	want := []string{
		"wang start rollout refused not possible now: it has changed, or is at its end", "wang start rollout 已核对",
		"li start rollout refused " + rollout.ErrTwoPeople.Error(), "li start rollout refused " + rollout.ErrTwoPeople.Error(),
	}
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("audit log\n%s", strings.Join(got, "\n"))
	}
}

func TestRolloutByProgram(t *testing.T) {
	c := newCampaign(t)
	d := openDesk(t, c.town, nil)
	li := d.as("li")
	var list struct{ Rollouts []rolloutView }
	d.get(li, "/api/v1/rollouts?limit=3", &list)
	if len(list.Rollouts) != 3 || list.Rollouts[0].ID != c.draft || list.Rollouts[1].Counts["downloading"] != 1 || list.Rollouts[1].Counts["waiting"] != 3 {
		t.Errorf("%+v", list)
	}
	if _, body := d.call(li, "GET", "/metrics", nil); !strings.Contains(body, `wattkiosk_office_rollout_kiosks{phase="fell-back",rollout="`+c.broken+`",state="rolling-back"} 3`) {
		t.Errorf("metrics without the rollout:\n%s", body)
	}
	var rep rollout.Report
	d.get(li, "/api/v1/rollouts/"+c.broken, &rep)
	if rep.Rollout.State != rollout.RollingBack || rep.Waves[1].Tally.Failed != 3 || len(rep.Kiosks) != 20 || !slices.Equal(rep.May, []rollout.Act{rollout.Stop}) {
		t.Errorf("%+v", rep)
	}
	status, body := d.call(li, "POST", "/api/v1/rollouts", object{"title": "夜间", "bundle": bundleSum, "waves": []object{{"kiosks": []string{"10000001"}, "soak_minutes": 5}, {"percent": 100}}})
	if status != 201 || !strings.Contains(body, `"waves":[{"kiosks":["10000001"],"soak_minutes":5},{"percent":100,"soak_minutes":0}]`) || !strings.Contains(body, `"min_success":95`) {
		t.Errorf("create: %d %s", status, body)
	}
	for name, body := range map[string]object{
		"no bundle": {"title": "x", "bundle": strings.Repeat("0", 64)}, "no title": {"title": "", "bundle": bundleSum},
		"falling": {"title": "x", "bundle": bundleSum, "waves": []object{{"percent": 50}, {"percent": 20}}}, "strange": {"title": "x", "bundle": bundleSum, "speed": 1},
	} {
		if status, text := d.call(li, "POST", "/api/v1/rollouts", body); status != 400 && !(name == "no bundle" && status == 404) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, body := d.call(li, "PUT", "/api/v1/groups/east", object{"kiosks": []string{"10000001"}}); status != 200 || !strings.Contains(body, `"name":"east"`) {
		t.Errorf("group: %d %s", status, body)
	}
	if status, body := d.call(li, "PUT", "/api/v1/groups/east", object{"kiosks": []string{"99999999"}}); status != 400 || errCode(body) != "bad-request" {
		t.Errorf("group of strangers: %d %s", status, body)
	}
	if status, _ := d.form(li, "/groups", "name", "east", "kiosks", "10000001，10000002"); status != 303 {
		t.Errorf("group by form: %d", status)
	}
	if status, _ := d.form(li, "/groups", "name", "east", "kiosks", "99999999"); status != 400 {
		t.Errorf("group of strangers by form: %d", status)
	}
	var groups struct{ Groups []rollout.Group }
	d.get(li, "/api/v1/groups", &groups)
	if len(groups.Groups) != 3 || groups.Groups[0].Name != "east" || len(groups.Groups[0].Kiosks) != 2 {
		t.Errorf("%+v", groups)
	}
}

func TestDraftForm(t *testing.T) {
	c := newCampaign(t)
	d := openDesk(t, c.town, nil)
	li := d.as("li")
	form := []string{
		"title", "周末升级", "bundle", bundleSum, "group", "pilot", "min_success", "90", "max_failures", "1", "max_silent", "2", "silent_minutes", "45",
		"jitter_minutes", "20", "job_hours", "48", "max_in_flight", "3", "rate", "256", "from", "01:30", "to", "04:00",
	}
	send := func(more ...string) (int, string) {
		return d.form(li, "/rollouts", append(slices.Clone(form), more...)...)
	}
	status, to := send("who", "10000001 10000002", "soak", "2.5")
	id, ok := strings.CutSuffix(strings.TrimPrefix(to, "/rollouts/"), "?note=roll.created")
	if status != 303 || !ok {
		t.Fatalf("%d to %q", status, to)
	}
	r, err := c.store.Rollout(t.Context(), id)
	c.check(err)
	want := rollout.Spec{
		Title: "周末升级", Bundle: bundleSum, Groups: []string{"pilot"}, Waves: []rollout.Wave{{Kiosks: []string{"10000001", "10000002"}, SoakMinutes: 150}},
		Gate: rollout.Gate{MinSuccess: 90, MaxFailures: 1, MaxSilent: 2, SilentMinutes: 45}, Window: wire.Window{From: 90, To: 240},
		JitterSeconds: 1200, BytesPerSecond: 256 << 10, JobHours: 48, MaxInFlight: 3,
	}
	if got := fmt.Sprintf("%+v", r.Spec); got != fmt.Sprintf("%+v", want) || r.CreatedBy != "li" || r.State != rollout.Draft {
		t.Errorf("%s\nwant %+v", got, want)
	}
	for name, more := range map[string][]string{
		"no wave": {"who", ""}, "percent": {"who", "120%"}, "soak": {"who", "50%", "soak", "-1"}, "soak is no number": {"who", "50%", "soak", "NaN"}, "title": {"who", "50%", "title", ""},
	} {
		if status, _ := send(more...); status != 400 {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// TestUpload sends a signed bundle by form and by program, and what is none.
func TestUpload(t *testing.T) {
	w := newTown(t)
	m := depottest.NewMaker(t, noon)
	d := openDesk(t, w, func(cfg *Config) { cfg.Depot = shelf(t, m) })
	li := d.as("li")
	good := m.Bundle(t, manifest.Root, 42, 1000)
	raw := func(path, kind string, body []byte) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", d.http.URL+path, bytes.NewReader(body))
		w.check(err)
		r.Header.Set("Content-Type", kind)
		return d.do(li, r)
	}
	status, body := raw("/api/v1/bundles", "application/octet-stream", good)
	if status != 201 || !strings.Contains(body, `"build":42`) || !strings.Contains(body, `"signers":"release-1"`) || !strings.Contains(body, `"uploaded_by":"li"`) {
		t.Errorf("%d %s", status, body)
	}
	for name, bad := range map[string][]byte{"junk": []byte("junk"), "cut": good[:len(good)/2], "changed": bytes.Replace(good, []byte("1.4.0"), []byte("1.4.1"), 1)} {
		if status, body := raw("/api/v1/bundles", "application/octet-stream", bad); status != 400 || errCode(body) != "bundle-refused" {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, _ := raw("/api/v1/bundles", "text/plain", good); status != 415 {
		t.Errorf("as text: %d", status)
	}
	var form bytes.Buffer
	mw := multipart.NewWriter(&form)
	part, err := mw.CreateFormFile("bundle", "x.wkb")
	w.check(err)
	_, err = io.Copy(part, bytes.NewReader(m.Bundle(t, manifest.Content, 43, 200_000))) // over what other bodies may have
	w.check(err)
	w.check(mw.Close())
	if status, _ := raw("/bundles", mw.FormDataContentType(), form.Bytes()); status != 303 {
		t.Errorf("form: %d", status)
	}
	form.Reset()
	mw = multipart.NewWriter(&form)
	part, err = mw.CreateFormFile("bundle", "x.wkb")
	w.check(err)
	_, err = part.Write([]byte("junk"))
	w.check(err)
	w.check(mw.Close())
	if status, body := raw("/bundles", mw.FormDataContentType(), form.Bytes()); status != 400 || !strings.Contains(body, "this file is no update bundle") {
		t.Errorf("junk by form: %d, or the page does not say why: %s", status, body)
	}
	all, err := w.store.Bundles(context.Background(), 10)
	w.check(err)
	if len(all) != 2 || !slices.ContainsFunc(all, func(b rollout.StoredBundle) bool { return b.Kind == wire.JobContent && b.Board == "*" }) {
		t.Errorf("%+v", all)
	}
}
