package web

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/store/storetest"
)

// bagOfFakes is a collection of kiosk 10000002, of which two notes of 100 were counterfeit, as he
// and lu counted in the vault.
func bagOfFakes(t *testing.T, w *town) string {
	t.Helper()
	w.pay(payment{kiosk: "10000002", account: "1000000004", at: noon.Add(-20 * time.Minute), notes: []int64{100, 100, 100}, upTo: "posted"})
	serial := w.collect("10000002", noon.Add(-10*time.Minute), storetest.Piles(100, 3), storetest.Piles(100, 3))
	for _, name := range []string{"he", "lu"} {
		hash, err := passwd.Hash(password)
		w.check(err)
		w.check(w.store.PutUser(t.Context(), people.User{Name: name, Hash: hash, Role: people.RoleCashier}, "test", noon))
	}
	_, err := w.store.Cash.Follow(t.Context(), noon)
	w.check(err)
	receives(t, w, serial, `{"genuine":[{"value":10000,"notes":1}],"counterfeit":[{"value":10000,"notes":2}]}`)

	return serial
}

// forged is a counterfeit case of two notes of 100.
func forged(t *testing.T, d *desk, c *http.Client) forgeryView {
	t.Helper()
	status, body := d.call(c, "POST", api+"/counterfeits", object{
		"kiosk": "10000002", "collection": bagOfFakes(t, d.town), "found": "count", "found_at": noon.UnixMilli(), "until": noon.UnixMilli(), "text": "点钞机报警",
		"notes": []object{{"value": 10000, "number": "AB12345678", "kind": "printed"}, {"value": 10000, "kind": "unsure"}},
	})
	var v forgeryView
	if err := json.Unmarshal([]byte(body), &v); status != 200 || err != nil {
		t.Fatal(status, body)
	}

	return v
}

func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}

	return b.Bytes()
}

// TestCounterfeit: a finding is shown with the payments that it may be of, takes photographs
// and nothing else, and is on the first page of who has it.
func TestCounterfeit(t *testing.T) {
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	zhang := d.as("zhang")
	v := forged(t, d, zhang)
	if v.Amount != 20000 || len(v.Candidates) == 0 || v.Candidates[0].Value != 10000 || v.Candidates[0].Kiosk != "10000002" {
		t.Errorf("%+v", v)
	}
	refusedTwice(t, d, v)
	send := func(kind string, content []byte) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", d.http.URL+api+"/counterfeits/"+v.ID+"/photos", bytes.NewReader(content))
		w.check(err)
		r.Header.Set("Content-Type", kind)
		return d.do(zhang, r)
	}
	for name, c := range map[string]struct {
		kind    string
		content []byte
		want    int
	}{
		"a picture": {"image/png", photo(t), 200}, "a page": {"text/html", photo(t), 415}, "a page that says that it is a picture": {"image/png", []byte("<html>"), 400},
		"too large": {"image/png", append(photo(t), make([]byte, counterfeit.MaxPhoto)...), 400},
	} {
		if status, body := send(c.kind, c.content); status != c.want {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	status, body := d.call(zhang, "GET", api+"/counterfeits/"+v.ID, nil)
	w.check(json.Unmarshal([]byte(body), &v))
	if status != 200 || len(v.Photos) != 1 {
		t.Fatalf("%d %s", status, body)
	}
	if status, got := d.call(zhang, "GET", api+"/exhibits/"+v.Photos[0].Hash, nil); status != 200 || got != string(photo(t)) {
		t.Errorf("photograph: %d", status)
	}
	if status, got := d.call(zhang, "GET", api+"/counterfeits/"+v.ID+"/pack", nil); status != 200 || !strings.HasPrefix(got, "PK") {
		t.Errorf("pack: %d", status)
	}
	if status, body := d.call(zhang, "GET", "/", nil); status != 200 || !strings.Contains(body, `id="mine"`) || !strings.Contains(body, "counterfeit-10000002-"+v.ID) {
		t.Errorf("first page: %d", status)
	}
	for _, path := range []string{"/counterfeits", "/counterfeits/" + v.ID, "/cases/counterfeit-10000002-" + v.ID} {
		if status, body := d.call(zhang, "GET", path, nil); status != 200 || strings.Contains(body, missing) || !strings.Contains(body, v.ID) {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// refusedTwice: a note that a case has is not written down again, and the page says which case
// that is, in both languages; nor are more than the receipt has.
func refusedTwice(t *testing.T, d *desk, v forgeryView) {
	t.Helper()
	zhang := d.as("zhang")
	again := object{
		"kiosk": v.Kiosk, "collection": v.Collection, "found": "count", "found_at": noon.UnixMilli(), "until": noon.UnixMilli(), "text": "换个说法",
		"notes": []object{{"value": 10000, "number": "AB12345678", "kind": "printed"}},
	}
	if status, body := d.call(zhang, "POST", api+"/counterfeits", again); status != http.StatusConflict || !strings.Contains(body, v.ID) {
		t.Errorf("again: %d %s", status, body)
	}
	find := func(notes, want string) {
		t.Helper()
		a, err := zhang.PostForm(d.http.URL+"/counterfeits", values("kiosk", v.Kiosk, "collection", v.Collection, "found", "count", "found_at", "2026-11-23T11:00", "from", "2026-11-23T10:00", "until", "2026-11-23T11:00", "notes", notes))
		d.town.check(err)
		defer a.Body.Close()
		status, body := a.StatusCode, readAll(t, a.Body)
		if text := pageText(body); status != http.StatusConflict || !strings.Contains(text, want) {
			t.Errorf("%s: %d %.400s", notes, status, text)
		}
	}
	find("100 AB12345678 机制", "该纸币已在假币案件 "+v.ID+" 中：面额 100.00 元，冠字号 AB12345678")
	find("100 - 机制", "清机 "+v.Collection+" 金库复点的 100.00 元假币为 2 张，已登记 2 张，不能再登记 1 张")
}

// TestCounterfeitShots keeps pictures of the pages of counterfeit notes.
func TestCounterfeitShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	v := forged(t, d, d.as("wang"))
	_, err := w.store.Forgeries.AddPhoto(t.Context(), v.ID, photo(t), "wang", noon)
	w.check(err)
	ctx := browser(t)
	keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
	enterAs(ctx, t, "wang")
	keepBoth(ctx, t, dir, "forgery", d.http.URL+"/counterfeits/"+v.ID, 1440)
	keepBoth(ctx, t, dir, "forgeries", d.http.URL+"/counterfeits", 1440)
	keepShot(ctx, t, dir, "overview-mine", d.http.URL+"/", "main", 1440)
}

// TestANoteAsAPersonWritesIt: the kind in either language, and no number where it cannot be read.
func TestANoteAsAPersonWritesIt(t *testing.T) {
	for line, want := range map[string]counterfeit.Note{
		"100 AB12345678 机制": {Value: 10000, Number: "AB12345678", Kind: counterfeit.Printed},
		"50 - 变造":           {Value: 5000, Kind: counterfeit.Spliced},
		"20 ab1 copied":     {Value: 2000, Number: "AB1", Kind: counterfeit.Copied},
		"20 ab1 不明":         {Value: 2000, Number: "AB1", Kind: counterfeit.Unsure},
		"10 - 假":            {Value: 1000, Kind: "假"}, // refused with the rest
	} {
		if got, err := noteOf(line); err != nil || got != want {
			t.Errorf("%s: %+v, %v", line, got, err)
		}
	}
	if _, err := noteOf("100 AB12345678"); err == nil {
		t.Error("a note of no kind was taken")
	}
}

// TestTwoAlikeAreNotOneUnsaid: a note that looks like one that was written down in the same minute
// is not swallowed: the page says that nothing was added, and what to do; in other words it is a case
// of its own.
func TestTwoAlikeAreNotOneUnsaid(t *testing.T) {
	_, w, serial := cashTown(t)
	receives(t, w, serial, `{"genuine":[{"value":10000,"notes":2},{"value":5000,"notes":1},{"value":2000,"notes":1}]}`)
	seconds := 0
	d := openDesk(t, w, func(c *Config) { c.Now = func() time.Time { return noon.Add(time.Duration(seconds) * time.Second) } })
	zhang := d.as("zhang")
	finds := func(text string) string {
		t.Helper()
		status, to := d.form(zhang, "/counterfeits", "kiosk", "10000001", "collection", serial, "found", "vault", "found_at", "2026-11-23T11:00", "from", "2026-11-23T10:00", "until", "2026-11-23T11:00", "notes", "100 - 机制", "text", text)
		if status != http.StatusSeeOther {
			t.Fatalf("%d %.300s", status, pageText(to))
		}

		return to
	}
	one := finds("")
	seconds = 20
	same := finds("")
	if path, _, _ := strings.Cut(same, "?"); path != one || same == one {
		t.Errorf("%q after %q", same, one)
	}
	if status, body := d.call(zhang, "GET", same, nil); status != http.StatusOK || !strings.Contains(body, "没有另行登记") {
		t.Errorf("%d %s", status, pageText(body))
	}
	if two := finds("第二张"); two == one || strings.Contains(two, "?") {
		t.Errorf("in other words: %q after %q", two, one)
	}
	if c, err := w.store.Cash.Collection(t.Context(), serial); err != nil || c.SetAside() != 20000 {
		t.Errorf("%s are set aside, %v", c.SetAside(), err)
	}
}
