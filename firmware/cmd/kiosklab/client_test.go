package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
)

const glance = 20 * time.Millisecond

// patience is for what must happen. A board under QEMU takes seconds to boot.
var patience = func() time.Duration {
	if imageDir() != "" {
		return 10 * time.Minute
	}
	return 30 * time.Second
}()

// until looks again and again until ok, and fails with what was seen last.
func until(t *testing.T, what string, look func() (ok bool, seen string)) {
	t.Helper()
	untilWithin(t, patience, what, look)
}

// untilWithin is until for what may take longer.
func untilWithin(t *testing.T, limit time.Duration, what string, look func() (ok bool, seen string)) {
	t.Helper()
	var seen string
	for late := time.Now().Add(limit); time.Now().Before(late); {
		var ok bool
		if ok, seen = look(); ok {
			return
		}
		wait(t.Context(), glance)
	}
	t.Fatalf("%s: did not happen; seen last: %s", what, seen)
}

// exchange is one HTTP call; the answer is the status and the body.
func exchange(c *http.Client, method, url, kind string, body []byte) (int, []byte, error) {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, b, err
}

func (r *rig) get(url string, v any) error {
	status, b, err := exchange(http.DefaultClient, http.MethodGet, url, "", nil)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("%s: %d %s", url, status, b)
	}
	return json.Unmarshal(b, v)
}

// bench makes a call of the bench and returns its status.
func (r *rig) bench(path string, body any) int {
	r.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	status, answer, err := exchange(http.DefaultClient, http.MethodPost, r.places.Bench+"api/"+path, "application/json", b)
	if err != nil {
		r.t.Fatal(err)
	}
	if status != http.StatusOK && status != http.StatusConflict {
		r.t.Fatalf("%s %s: %d %s", path, b, status, answer)
	}
	return status
}

type fields map[string]any

func (r *rig) power(on bool)   { r.t.Helper(); r.bench("power", fields{"on": on}) }
func (r *rig) officed(on bool) { r.t.Helper(); r.bench("office", fields{"on": on}) }
func (r *rig) lineUp(up bool)  { r.t.Helper(); r.bench("line", fields{"up": up}) }

func (r *rig) misFault(fault string, count int) {
	r.t.Helper()
	r.bench("outside", fields{"system": "mis", "fault": fault, "count": count})
}

// labState is /api/state with the kiosk's status decoded.
type labState struct {
	state
	kiosk kioskStatus
}

type kioskStatus struct {
	Screen       string   `json:"screen"`
	Blocks       []string `json:"blocks"`
	Online       bool     `json:"online"`
	Ready        bool     `json:"ready"`
	Open         []string `json:"open"`
	Acknowledged uint64   `json:"acknowledged"`
	Head         struct {
		Seq  uint64 `json:"seq"`
		Hash string `json:"hash"`
	} `json:"head"`
	Cash struct {
		Notes  int64        `json:"notes"`
		Total  money.Amount `json:"total"`
		Number string       `json:"number"` // of the cassette
	} `json:"cash"`
}

func (r *rig) mustState() (s labState) {
	r.t.Helper()
	if err := r.get(r.places.Bench+"api/state", &s.state); err != nil {
		r.t.Fatal(err)
	}
	if len(s.Kioskd.Status) > 0 {
		if err := json.Unmarshal(s.Kioskd.Status, &s.kiosk); err != nil {
			r.t.Fatal(err)
		}
	}
	return s
}

// serving waits until the kiosk is ready, online, and shows its idle screen.
func (r *rig) serving() {
	r.t.Helper()
	until(r.t, "the kiosk is in service", r.inService)
}

// inService looks whether the kiosk takes customers, and what it says.
func (r *rig) inService() (bool, string) {
	s := r.mustState()
	return s.Kioskd.Ready && s.kiosk.Online && s.kiosk.Screen == "idle" && len(s.kiosk.Blocks) == 0, string(s.Kioskd.Status)
}

// home ends what the last customer left on the screen, and waits for service.
func (r *rig) home() {
	r.t.Helper()
	until(r.t, "the visit ends", func() (bool, string) {
		v, err := r.look()
		if err == nil && v.offers("finish") {
			_, _, err = r.intent(v.Rev, "finish", nil) // or it ends by itself
		}
		return err == nil && v.Screen == "idle", fmt.Sprintf("%s, %v", v.Screen, err)
	})
	r.serving()
}

// push puts a note into the slot as soon as the validator takes one.
func (r *rig) push(yuan int64) {
	r.t.Helper()
	until(r.t, "the validator takes the note", func() (bool, string) {
		return r.bench("bill/insert", fields{"value": yuan * 100, "outcome": "genuine"}) == http.StatusOK, "409"
	})
}

// insert pushes a note and waits until the screen has counted it.
func (r *rig) insert(yuan, total int64) {
	r.t.Helper()
	r.push(yuan)
	r.see("insert-cash", func(v view) bool { return v.number("total") == total*100 && v.Fields["note_moving"] == false })
}

func (r *rig) ledger() (l missim.Ledger) {
	r.t.Helper()
	if err := r.get(r.places.Bench+"api/outside/mis/ledger", &l); err != nil {
		r.t.Fatal(err)
	}
	return l
}

func (r *rig) slips() []slipView {
	r.t.Helper()
	var v struct{ Slips []slipView }
	if err := r.get(r.places.Bench+"api/slips", &v); err != nil {
		r.t.Fatal(err)
	}
	return v.Slips
}

// view is the kiosk's screen.
type view struct {
	Rev     uint64         `json:"rev"`
	Screen  string         `json:"screen"`
	Fields  map[string]any `json:"fields"`
	Actions []struct {
		Name    string `json:"name"`
		Enabled bool   `json:"enabled"`
	} `json:"actions"`
}

func (v view) number(field string) int64 {
	n, ok := v.Fields[field].(float64)
	if !ok {
		return -1
	}
	return int64(n)
}

func (v view) text(field string) string { s, _ := v.Fields[field].(string); return s }

func (v view) offers(name string) bool {
	for _, a := range v.Actions {
		if a.Name == name && a.Enabled {
			return true
		}
	}
	return false
}

func (r *rig) look() (v view, err error) { return v, r.get(r.places.Screen+"state", &v) }

// see waits for a screen, and for more if met is not nil.
func (r *rig) see(screen string, met func(view) bool) (v view) {
	r.t.Helper()
	until(r.t, "screen "+screen, func() (bool, string) {
		var err error
		if v, err = r.look(); err != nil {
			return false, err.Error()
		}
		return v.Screen == screen && (met == nil || met(v)), fmt.Sprintf("%s %v", v.Screen, v.Fields)
	})
	return v
}

// touch waits until the screen offers an intent and sends it; a stale revision is
// tried again with the present one.
func (r *rig) touch(screen, name string, args fields) {
	r.t.Helper()
	until(r.t, screen+" takes "+name, func() (bool, string) {
		v, err := r.look()
		if err != nil {
			return false, err.Error()
		}
		if v.Screen != screen || !v.offers(name) {
			return false, fmt.Sprintf("%s %v", v.Screen, v.Actions)
		}
		status, b, err := r.intent(v.Rev, name, args)
		if err != nil {
			return false, err.Error()
		}
		return status == http.StatusOK, fmt.Sprintf("%d %s", status, b)
	})
}

func (r *rig) intent(rev uint64, name string, args fields) (int, []byte, error) {
	b, err := json.Marshal(fields{"rev": rev, "name": name, "args": args})
	if err != nil {
		return 0, nil, err
	}
	return exchange(http.DefaultClient, http.MethodPost, r.places.Screen+"intent", "application/json", b)
}

// toCash goes from idle to the screen that takes notes.
func (r *rig) toCash(account string) {
	r.t.Helper()
	r.touch("idle", "start", nil)
	r.touch("choose-service", "pay-bill", nil)
	r.touch("enter-account", "account", fields{"number": account})
	r.touch("confirm-account", "confirm", nil)
	r.touch("choose-tender", "tender", fields{"kind": "cash"})
	r.see("insert-cash", func(v view) bool { return v.Fields["taking_notes"] == true })
}

// officeClient asks head office as one of its people.
type officeClient struct {
	http   *http.Client
	url    string
	person account
}

// newOfficeClient is a person of places.Accounts; the first is the accountant.
func newOfficeClient(p places, person account) officeClient {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // without options it cannot fail
	}
	return officeClient{&http.Client{Jar: jar, Timeout: 5 * time.Second}, p.Office, person}
}

// list reads /api/v1/<what>.
func (o officeClient) list(what string, v any) error {
	return o.call(http.MethodGet, what, "", nil, v)
}

// call makes a call of /api/v1/<what>, and logs in first if need be.
func (o officeClient) call(method, what, kind string, body []byte, v any) error {
	status, b, err := exchange(o.http, method, o.url+"api/v1/"+what, kind, body)
	if err == nil && status == http.StatusUnauthorized {
		var login []byte
		if login, err = json.Marshal(o.person); err != nil {
			return err
		}
		if status, b, err = exchange(o.http, http.MethodPost, o.url+"api/v1/login", "application/json", login); err == nil && status == http.StatusOK {
			status, b, err = exchange(o.http, method, o.url+"api/v1/"+what, kind, body)
		}
	}
	if err != nil {
		return err
	}
	if status != http.StatusOK && status != http.StatusCreated && status != http.StatusAccepted {
		return fmt.Errorf("head office: %s: %d %s", what, status, b)
	}
	return json.Unmarshal(b, v)
}

func (r *rig) transactions() (list []books.Transaction, err error) {
	var v struct{ Transactions []books.Transaction }
	err = r.office.list("transactions?limit=500", &v)
	return v.Transactions, err
}

func (r *rig) cases() (list []books.Case, err error) {
	var v struct{ Cases []books.Case }
	err = r.office.list("cases?limit=500", &v)
	return v.Cases, err
}

// booked waits until head office has a transaction at an end, and returns it.
func (r *rig) booked(serial, status string) (found books.Transaction) {
	r.t.Helper()
	until(r.t, "head office has "+serial+" "+status, func() (bool, string) {
		list, err := r.transactions()
		if err != nil {
			return false, err.Error()
		}
		for _, t := range list {
			if t.Serial == serial {
				found = t
				return t.Status == status, t.Status
			}
		}
		return false, fmt.Sprintf("%d other transactions", len(list))
	})
	return found
}

// wait sleeps, or less if ctx ends.
func wait(ctx context.Context, d time.Duration) { _ = backoff.Pause(ctx, d) }
