package flashapi_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wattkiosk/firmware/updater/flashapi"
	"wattkiosk/ota/manifest"
)

// toy takes one firmware.
type toy struct{ got []flashapi.Firmware }

func (k *toy) Offer(f flashapi.Firmware) (flashapi.State, error) {
	if len(k.got) > 0 {
		return flashapi.State{}, flashapi.ErrBusy
	}
	k.got = append(k.got, f)
	return k.State(), nil
}

func (k *toy) State() flashapi.State {
	if len(k.got) == 0 {
		return flashapi.State{Phase: flashapi.None}
	}
	f := k.got[0]
	return flashapi.State{Phase: flashapi.Flashing, Name: f.Name, Device: f.Device, SHA256: sha256.Sum256(f.Image), Done: 1, Size: len(f.Image), From: "4.1"}
}

func call(k flashapi.Kiosk, method, target string, body []byte) (int, []byte) {
	mux := http.NewServeMux()
	flashapi.Add(mux, k)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(method, target, bytes.NewReader(body)))
	b, _ := io.ReadAll(w.Result().Body)
	return w.Code, b
}

var nv200 = flashapi.Firmware{
	Name: "nv200", Image: []byte("firm ware"),
	Device: manifest.Device{Class: "bill", Driver: "ssp", Model: "NV 200&x=1", Version: "4.2", Older: true},
}

func TestOfferAndState(t *testing.T) {
	k := &toy{}
	if s, err := flashapi.Decode(call(k, "GET", flashapi.Path, nil)); err != nil || s.Phase != flashapi.None || s.Phase.Busy() {
		t.Errorf("%+v, %v", s, err)
	}
	s, err := flashapi.Decode(call(k, "PUT", nv200.Target(), nv200.Image))
	if err != nil || len(k.got) != 1 || k.got[0].Name != "nv200" || k.got[0].Device != nv200.Device || string(k.got[0].Image) != "firm ware" {
		t.Fatalf("%+v, %v", k.got, err)
	}
	if s != k.State() || !s.Phase.Busy() {
		t.Errorf("%+v", s)
	}
	if s, err := flashapi.Decode(call(k, "GET", flashapi.Path, nil)); err != nil || s != k.State() {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := flashapi.Decode(call(k, "PUT", nv200.Target(), nv200.Image)); !errors.Is(err, flashapi.ErrBusy) {
		t.Error(err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	whole := nv200.Target()
	for name, c := range map[string]struct {
		target string
		image  []byte
	}{
		"another image": {whole, []byte("firm mare")},
		"no image":      {whole, nil},
		"no hash":       {strings.ReplaceAll(whole, "sha256", "x"), nv200.Image},
		"no model":      {strings.ReplaceAll(whole, "model", "x"), nv200.Image},
		"no name":       {strings.ReplaceAll(whole, "name", "x"), nv200.Image},
		"older or not":  {strings.ReplaceAll(whole, "older=true", "older=maybe"), nv200.Image},
		"a line break":  {strings.ReplaceAll(whole, "4.2", "4%0A2"), nv200.Image},
		"a long driver": {strings.ReplaceAll(whole, "ssp", strings.Repeat("s", 81)), nv200.Image},
		"too long":      {whole, make([]byte, manifest.MaxPeripheral+1)},
	} {
		k := &toy{}
		status, body := call(k, "PUT", c.target, c.image)
		if _, err := flashapi.Decode(status, body); status != http.StatusUnprocessableEntity || err == nil || errors.Is(err, flashapi.ErrBusy) || len(k.got) != 0 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// FuzzPut: what is taken has names that a manifest may have, and its own hash.
func FuzzPut(f *testing.F) {
	f.Add(strings.TrimPrefix(nv200.Target(), flashapi.Path+"?"), nv200.Image)
	f.Add("older=1&name=a&class=b&driver=c&model=d&version=e&sha256="+strings.Repeat("0", 64), []byte("x"))
	f.Fuzz(func(t *testing.T, query string, image []byte) {
		r := httptest.NewRequest("PUT", flashapi.Path, bytes.NewReader(image))
		r.URL.RawQuery = query
		k, mux, w := &toy{}, http.NewServeMux(), httptest.NewRecorder()
		flashapi.Add(mux, k)
		mux.ServeHTTP(w, r)
		if w.Code != http.StatusAccepted && w.Code != http.StatusUnprocessableEntity || (w.Code == http.StatusAccepted) != (len(k.got) == 1) {
			t.Fatalf("%d", w.Code)
		}
		for _, got := range k.got {
			d := got.Device
			if sum := sha256.Sum256(image); !bytes.Equal(got.Image, image) || !strings.Contains(strings.ToLower(query), manifest.Digest(sum).String()) && !strings.Contains(query, "%") {
				t.Error("another image")
			}
			for _, s := range []string{got.Name, d.Class, d.Driver, d.Model, d.Version} {
				if s == "" || len(s) > 80 || strings.ContainsAny(s, "\n\r\t\x00") {
					t.Errorf("%q", s)
				}
			}
		}
	})
}

// FuzzDecode: an answer that is no State is an error.
func FuzzDecode(f *testing.F) {
	f.Add(200, []byte(`{"phase":"done","device":{},"sha256":"`+strings.Repeat("0", 64)+`"}`))
	f.Add(409, []byte(`{"error":{"code":"busy","message":"no"}}`))
	f.Add(202, []byte(`[]`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		s, err := flashapi.Decode(status, body)
		if status != 200 && status != 202 && err == nil || err != nil && s != (flashapi.State{}) || errors.Is(err, flashapi.ErrBusy) && status != 409 {
			t.Errorf("%d %q: %+v, %v", status, body, s, err)
		}
	})
}
