package update_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/ota/update/updatetest"
)

// TestRemote reads a bundle from a server that breaks off every third answer.
func TestRemote(t *testing.T) {
	fleet := updatetest.NewFleet(t)
	s, file := fleet.Site(t), fleet.Bundle(t, 8, nil)
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n%3 == 0 {
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "x", time.Time{}, bytes.NewReader(file))
	}))
	defer srv.Close()
	r, err := update.OpenRemote(t.Context(), srv.Client(), srv.URL, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := s.Open()
	bd, err := b.Check(r, r.Size(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Install(t.Context(), bd, "test", nil); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); st.Try != slot.B {
		t.Errorf("%+v", st)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := update.OpenRemote(ctx, srv.Client(), "http://127.0.0.1:1/", 0); err == nil {
		t.Error("there is a server on port 1")
	}
}

// TestRemoteGoesOn: what came before a line broke is not asked for again.
func TestRemoteGoesOn(t *testing.T) {
	file := []byte(strings.Repeat("0123456789", 30_000))
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Range"))
		var from, to int
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); err != nil {
			t.Error(err)
		}
		to = min(to, len(file)-1)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(file)))
		w.Header().Set("Content-Length", fmt.Sprint(to+1-from))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(file[from:min(to+1, from+200_000)])
	}))
	defer srv.Close()
	r, err := update.OpenRemote(t.Context(), srv.Client(), srv.URL, 0)
	if err != nil || r.Size() != 300_000 {
		t.Fatal(err)
	}
	got := make([]byte, len(file))
	if n, err := r.ReadAt(got, 0); n != len(file) || err != nil || !bytes.Equal(got, file) {
		t.Errorf("%d bytes, %v", n, err)
	}
	want := []string{"bytes=0-262143", "bytes=200000-262143", "bytes=262144-299999"}
	if fmt.Sprint(asked) != fmt.Sprint(want) {
		t.Errorf("%v", asked)
	}
}

func TestRemoteRefusals(t *testing.T) {
	file := make([]byte, 600_000)
	for _, status := range []int{http.StatusNotFound, http.StatusForbidden} {
		n := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n++
			w.WriteHeader(status)
		}))
		if _, err := update.OpenRemote(t.Context(), srv.Client(), srv.URL, 0); err == nil || n != 1 {
			t.Errorf("%d: %v, asked %d times", status, err, n)
		}
		srv.Close()
	}
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n > 1 { // another file by now
			http.ServeContent(w, r, "x", time.Time{}, bytes.NewReader(file[1:]))
			return
		}
		http.ServeContent(w, r, "x", time.Time{}, bytes.NewReader(file))
	}))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	r, err := update.OpenRemote(ctx, srv.Client(), srv.URL, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(make([]byte, 10), 500_000); err == nil {
		t.Error("a file of another size")
	}
}

// TestRemoteLimit: what is fetched takes as long as the limit says.
func TestRemoteLimit(t *testing.T) {
	file := make([]byte, 400_000)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "x", time.Time{}, bytes.NewReader(file))
	}))
	defer srv.Close()
	begun := time.Now()
	r, err := update.OpenRemote(t.Context(), srv.Client(), srv.URL, 800_000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(make([]byte, len(file)), 0); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < 490*time.Millisecond {
		t.Errorf("%v for half a second's bytes", took)
	}
}
