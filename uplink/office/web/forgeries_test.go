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

	"wattkiosk/uplink/office/counterfeit"
)

// forged is a counterfeit case of two notes of 100.
func forged(t *testing.T, d *desk, c *http.Client) forgeryView {
	t.Helper()
	status, body := d.call(c, "POST", api+"/counterfeits", object{
		"kiosk": "10000002", "found": "count", "found_at": noon.UnixMilli(), "until": noon.UnixMilli(), "text": "点钞机报警",
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
