package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/depot/depottest"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/wire"
)

const (
	oldBuild = 41
	newBuild = 42
)

// command runs officed once and returns what it says.
func command(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), append(args, "--data", dir), &out, io.Discard)
	return out.String(), err
}

func mustCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := command(t, dir, args...)
	if err != nil {
		t.Fatalf("officed %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(out)
}

// fleetBooks makes books with kiosks 10000001 to n and the demonstration people.
func fleetBooks(t *testing.T, dir string, n int) {
	t.Helper()
	books, err := openBooks(t.Context(), &options{data: dir})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if _, err := books.Register(t.Context(), fmt.Sprint(10000001+i), 0, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := addDemoUsers(t.Context(), books); err != nil {
		t.Fatal(err)
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
}

// bundleFile writes a signed bundle and its root key, and returns their paths.
func bundleFile(t *testing.T, dir string, size int) (bundle, root string) {
	t.Helper()
	m := depottest.NewMaker(t, time.Now())
	key, err := m.Root.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	bundle, root = filepath.Join(dir, "new.wkb"), filepath.Join(dir, "root.pub")
	for path, data := range map[string][]byte{bundle: m.Bundle(t, manifest.Root, newBuild, size), root: key} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return bundle, root
}

func TestRolloutCommands(t *testing.T) {
	dir := t.TempDir()
	fleetBooks(t, dir, 3)
	bundle, root := bundleFile(t, dir, 1000)
	mustCommand(t, dir, "rollout", "group", "set", "pilot", "10000001", "10000002", "--user", "operator")
	if out := mustCommand(t, dir, "rollout", "group", "list"); out != "pilot 10000001 10000002" {
		t.Errorf("groups: %q", out)
	}
	create := []string{"rollout", "create", "--title", "试点", "--bundle", bundle, "--bundle-root", root, "--group", "pilot", "--wave", "50%/2h", "--wave", "100%/0s", "--user"}
	id := mustCommand(t, dir, append(create, "operator")...)
	for _, c := range []struct {
		args []string
		out  string
		err  string
	}{
		{append(create, "accountant"), "", "not operator or admin"},
		{append(create, "nobody"), "", "no such person"},
		{[]string{"rollout", "start", id, "--user", "operator", "--reason", "go"}, "", rollout.ErrTwoPeople.Error()},
		{[]string{"rollout", "start", id, "--user", "supervisor", "--reason", "go"}, id + " is running", ""},
		{[]string{"rollout", "start", id, "--user", "supervisor"}, "", rollout.ErrAct.Error()},
		{[]string{"rollout", "pause", id, "--user", "operator", "--reason", "wait"}, id + " is paused", ""},
		{[]string{"rollout", "stop", id, "--user", "operator", "--reason", "enough"}, id + " is stopped", ""},
		{[]string{"rollout", "roll-back", id, "--user", "operator", "--reason", "back"}, id + " is rolling-back", ""},
		{[]string{"rollout", "show", "r20000101-1"}, "", "not found"},
	} {
		out, err := command(t, dir, c.args...)
		if strings.TrimSpace(out) != c.out || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%v: %q, %v", c.args[1:], out, err)
		}
	}
	var rep rollout.Report
	if err := json.Unmarshal([]byte(mustCommand(t, dir, "rollout", "show", id, "--json")), &rep); err != nil {
		t.Fatal(err)
	}
	if len(rep.Kiosks) != 2 || rep.Rollout.Spec.Waves[0].SoakMinutes != 120 || rep.Rollout.Bundle.Build != newBuild || rep.Rollout.StartedBy != "supervisor" {
		t.Errorf("%+v", rep)
	}
	if out := mustCommand(t, dir, "rollout", "show", id); !strings.Contains(out, "reason: by operator: back") || strings.Count(out, "waiting") != 2 {
		t.Errorf("show:\n%s", out)
	}
	if out := mustCommand(t, dir, "rollout", "list"); !strings.Contains(out, id) || !strings.Contains(out, "rolling-back") {
		t.Errorf("list:\n%s", out)
	}
}

// machine is a fake kiosk: it takes its jobs, fetches the bundle in ranges, and says
// how it goes. It boots into a new build, and falls back from it unless healthy.
type machine struct {
	t       *testing.T
	id      string
	healthy bool
	link    *mqttlink.Link
	client  *http.Client
	office  ed25519.PublicKey
	got     chan []byte
	done    chan bool

	mu           sync.Mutex
	build, other uint64
	jobs         []string
	fetched      int64
}

func startMachine(ctx context.Context, t *testing.T, authority *ca.Authority, office ed25519.PublicKey, broker, id string, healthy bool) *machine {
	t.Helper()
	conf, err := authority.ClientTLS(id)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{
		t: t, id: id, healthy: healthy, office: office, got: make(chan []byte, 64), done: make(chan bool), build: oldBuild,
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: conf.Clone()}, Timeout: time.Minute},
	}
	up := make(chan bool, 64)
	m.link, err = mqttlink.Dial(mqttlink.Config{
		Broker: broker, TLS: conf, Rand: rand.Float64, MinBackoff: 20 * time.Millisecond,
		Subscriptions: []mqttlink.Subscription{{Filter: wire.Down(id, wire.ChanJob, ""), QoS: 1}},
		OnUp:          func() { up <- true },
		OnMessage:     func(_ string, b []byte) { m.got <- b },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		<-m.done
		if err := m.link.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-up:
	case <-time.After(3 * patience):
		t.Fatal("the broker cannot be reached")
	}
	m.state()
	go m.run(ctx)
	return m
}

// run works at one job at a time, as the broker delivers them.
func (m *machine) run(ctx context.Context) {
	defer close(m.done)
	last := wire.JobReport{}
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-m.got:
			if len(b) == 0 {
				continue // head office wants nothing more
			}
			var s wire.Signed
			if err := wire.Decode(b, &s); err != nil {
				m.t.Error(err)
				continue
			}
			j, err := wire.OpenJob(m.office, s)
			switch {
			case err != nil || j.Kiosk != m.id:
				m.t.Errorf("kiosk %s: job %+v, %v", m.id, j, err)
			case j.ID == last.ID:
				m.say(last)
			default:
				last = m.work(j)
			}
		}
	}
}

func (m *machine) work(j wire.Job) wire.JobReport {
	m.mu.Lock()
	m.jobs = append(m.jobs, j.ID)
	r := wire.JobReport{V: 1, ID: j.ID, From: m.build, To: j.Build}
	m.mu.Unlock()
	say := func(p wire.Phase, percent int, code string) wire.JobReport {
		r.Phase, r.Percent, r.Code, r.At = p, percent, code, time.Now().UnixMilli()
		m.say(r)
		return r
	}
	if j.Withdrawn {
		return say(wire.PhaseRefused, 0, wire.CodeWithdrawn)
	}
	say(wire.PhaseOffered, 0, "")
	if j.Kind == wire.JobUpdate {
		say(wire.PhaseDownloading, 0, "")
		if err := m.fetch(*j.Bundle); err != nil {
			m.t.Errorf("kiosk %s: %v", m.id, err)
			return say(wire.PhaseFailed, 0, "wrong-file")
		}
		say(wire.PhaseChecked, 100, "")
		say(wire.PhaseWriting, 100, "")
	} else if m.runs() != newBuild {
		return say(wire.PhaseRefused, 0, "not-there")
	}
	say(wire.PhaseArmed, 0, "")
	say(wire.PhaseRebooting, 0, "")
	m.boot(j.Build)
	say(wire.PhaseTrial, 0, "")
	if j.Kind == wire.JobUpdate && !m.healthy {
		m.boot(r.From)
		return say(wire.PhaseFellBack, 100, "gates")
	}
	return say(wire.PhaseGood, 100, "")
}

// fetch gets the bundle in three ranges, as over a line that broke twice.
func (m *machine) fetch(b wire.JobBundle) error {
	var all []byte
	for i := range int64(3) {
		from, to := b.Size*i/3, b.Size*(i+1)/3-1
		r, err := http.NewRequest(http.MethodGet, b.URL, nil)
		if err != nil {
			return err
		}
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, to))
		a, err := m.client.Do(r)
		if err != nil {
			return err
		}
		part, err := io.ReadAll(a.Body)
		_ = a.Body.Close()
		if err != nil || a.StatusCode != http.StatusPartialContent || int64(len(part)) != to-from+1 {
			return fmt.Errorf("range %d-%d: %s, %d bytes, %w", from, to, a.Status, len(part), err)
		}
		all = append(all, part...)
	}
	if sha256.Sum256(all) != b.SHA256 {
		return fmt.Errorf("another file: %d bytes", len(all))
	}
	m.mu.Lock()
	m.fetched += b.Size
	m.mu.Unlock()
	return nil
}

func (m *machine) boot(build uint64) {
	m.mu.Lock()
	m.build, m.other = build, m.build
	m.mu.Unlock()
	m.state()
}

func (m *machine) runs() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.build
}

func (m *machine) state() {
	m.mu.Lock()
	st := wire.State{V: 1, Online: true, Version: "1", Board: "qemuarm64", Build: m.build, Other: m.other}
	m.mu.Unlock()
	m.publish(wire.ChanState, "", st, true)
}

func (m *machine) say(r wire.JobReport) { m.publish(wire.ChanJob, r.ID, r, false) }

func (m *machine) publish(c wire.Channel, id string, v any, retained bool) {
	b, err := wire.Encode(v)
	if err == nil {
		err = m.link.Publish(context.Background(), wire.Up(m.id, c, id), b, 1, retained)
	}
	if err != nil {
		m.t.Errorf("kiosk %s: %v", m.id, err)
	}
}

// desk is a person's program at head office.
type desk struct {
	t    *testing.T
	base string
	c    *http.Client
}

func logIn(t *testing.T, base, user string) *desk {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t, base, &http.Client{Jar: jar, Timeout: patience}}
	d.call("POST", "/api/v1/login", map[string]string{"user": user, "password": demoPassword}, nil)
	return d
}

func (d *desk) call(method, path string, in, out any) {
	d.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.base+path, bytes.NewReader(b))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	a, err := d.c.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode >= 300 {
		d.t.Fatalf("%s %s: %s %s, %v", method, path, a.Status, text, err)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			d.t.Fatal(err)
		}
	}
}

// until asks for the rollout, each time something has changed, until ok.
func (d *desk) until(id string, ok func(rollout.Report) bool) rollout.Report {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 3*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+"/api/v1/events", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	stream := &http.Client{Jar: d.c.Jar}
	a, err := stream.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Body.Close()
	buf := make([]byte, 4096)
	for {
		var rep rollout.Report
		d.call("GET", "/api/v1/rollouts/"+id, nil, &rep)
		if ok(rep) {
			return rep
		}
		if _, err := a.Body.Read(buf); err != nil {
			d.t.Fatalf("the rollout stays %s because of %+v: %v", rep.Rollout.State, rep.Rollout.Reason, err)
		}
	}
}

// TestABadBuildStopsByItself brings a build to twenty kiosks that only the first
// ones can run. It has to stop in the second wave, to leave the third one alone,
// and to bring everybody back to where they were.
func TestABadBuildStopsByItself(t *testing.T) {
	dir := t.TempDir()
	const kiosks = 20
	fleetBooks(t, dir, kiosks)
	bundle, root := bundleFile(t, dir, 300_000)
	authority, err := ca.Open(filepath.Join(dir, keyFolder))
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := ca.PolicyKey(filepath.Join(dir, keyFolder))
	if err != nil {
		t.Fatal(err)
	}
	o := startOfficeAt(t, "serve", "--data", dir, "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--log-level", "error", "--demo")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var fleet []*machine
	for i := range kiosks {
		id := fmt.Sprint(10000001 + i)
		fleet = append(fleet, startMachine(ctx, t, authority, key.Public().(ed25519.PublicKey), o.broker, id, i < 4))
	}
	named := func(from, to int) string {
		var out []string
		for _, m := range fleet[from:to] {
			out = append(out, m.id)
		}
		return strings.Join(out, ",")
	}
	id := mustCommand(t, dir, "rollout", "create", "--user", "operator", "--title", "坏版本", "--bundle", bundle, "--bundle-root", root,
		"--wave", named(0, 2)+"/0s", "--wave", named(2, 10)+"/0s", "--wave", "100%/0s", "--jitter", "0", "--window", "00:00-00:00", "--in-flight", "4")
	d := logIn(t, o.http, "supervisor")
	d.call("POST", "/api/v1/rollouts/"+id+"/start", map[string]string{"reason": "已核对"}, nil)
	rep := d.until(id, func(r rollout.Report) bool { return r.Rollout.State == rollout.Stopped })

	if r := rep.Rollout; r.Reason.Code != rollout.WhyBack || r.Reason.Note != string(rollout.WhyFailures) || r.Reason.Have != r.Reason.Limit || r.Reason.Have < 2 || !r.RolledBack || r.Wave != 1 {
		t.Errorf("it is %s in wave %d because %+v", r.State, r.Wave+1, r.Reason)
	}
	if n := rep.Waves[1].Tally.Failed; n < 3 || n > 6 {
		t.Errorf("%d failed; the gate allows 2, and 4 were at it at the same time", n)
	}
	if n := rep.Waves[0].Tally.Good; n != 2 {
		t.Errorf("%d good in the first wave", n)
	}
	for i, m := range fleet {
		m.mu.Lock()
		if m.build != oldBuild {
			t.Errorf("kiosk %s runs build %d in the end", m.id, m.build)
		}
		if i >= 10 && len(m.jobs) != 0 {
			t.Errorf("kiosk %s of the third wave was told %v", m.id, m.jobs)
		}
		if i < 2 && (len(m.jobs) != 2 || m.fetched == 0) {
			t.Errorf("kiosk %s had the jobs %v", m.id, m.jobs)
		}
		m.mu.Unlock()
	}
	stop()
	checkRolloutAudit(t, dir)
	strangerFetches(t, o.bundles, rep.Rollout.Bundle.SHA256)
}

func checkRolloutAudit(t *testing.T, dir string) {
	t.Helper()
	books, err := openBooks(t.Context(), &options{data: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	log, err := books.AuditLog(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range log {
		if strings.Contains(a.Action, "rollout") || strings.Contains(a.Action, "bundle") {
			got = append(got, a.User+" "+a.Action)
		}
	}
	want := "officed rollout is stopped, officed rollout is rolling-back, supervisor start rollout, operator create rollout, operator upload bundle, " + osPerson() + " command rollout create"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("audit log: %s", s)
	}
}

// strangerFetches: who has no certificate of this head office gets no bundle.
func strangerFetches(t *testing.T, base, sum string) {
	t.Helper()
	c := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	a, err := c.Get(base + "/bundles/" + sum)
	if err == nil {
		_ = a.Body.Close()
		t.Errorf("without a certificate: %s", a.Status)
	}
}
