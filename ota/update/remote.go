package update

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Bounds of reading from afar.
const (
	readAhead   = 256 << 10 // bytes fetched at least
	maxFetch    = 16 << 20  // bytes of one request at most
	maxAttempts = 8         // of one request, without a byte
	fetchWithin = 2 * time.Minute
	maxPause    = 30 * time.Second
)

// Remote is a bundle on a web server, read in pieces as they are needed: nothing is
// kept beside the idle slot, and a line that breaks costs one piece. The server
// must answer byte ranges. What it sends is checked by package bundle, so a file
// that is exchanged on the server is found. Not safe for concurrent use.
type Remote struct {
	ctx    context.Context
	client *http.Client
	url    string
	size   int64
	limit  int64 // bytes a second; 0 = none
	at     int64 // of the piece held
	held   []byte
	wait   func(context.Context, time.Duration) error
}

// OpenRemote asks for the size of a file. Limit is the most bytes a second, on
// average; 0 = no limit. Pauses between attempts end with ctx.
func OpenRemote(ctx context.Context, client *http.Client, url string, limit int64) (*Remote, error) {
	r := &Remote{ctx: ctx, client: client, url: url, limit: limit, wait: backoff.Pause}
	first, err := r.fetch(0, readAhead)
	if err != nil {
		return nil, err
	}
	r.held = first
	return r, nil
}

// Size is that of the file in bytes.
func (r *Remote) Size() int64 { return r.size }

// ReadAt reads from the server.
func (r *Remote) ReadAt(p []byte, at int64) (int, error) {
	if at >= r.size {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && at < r.size {
		if at < r.at || at >= r.at+int64(len(r.held)) {
			want := min(max(int64(len(p)-n), readAhead), maxFetch, r.size-at)
			piece, err := r.fetch(at, want)
			if err != nil {
				return n, err
			}
			r.at, r.held = at, piece
		}
		m := copy(p[n:], r.held[at-r.at:])
		n += m
		at += int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// fetch gets one range. If the line breaks it goes on after a pause where it was;
// only attempts that bring nothing are counted.
func (r *Remote) fetch(at, size int64) ([]byte, error) {
	var data []byte
	rest, begun := time.Second, time.Now()
	for attempt := 0; ; {
		more, err := r.once(at+int64(len(data)), size-int64(len(data)))
		data = append(data, more...)
		if err == nil {
			return data, r.throttle(len(data), time.Since(begun))
		}
		if permanent, ok := errors.AsType[*statusError](err); ok && permanent.code < 500 {
			return nil, err
		}
		if len(more) > 0 {
			attempt, rest = 0, time.Second
		}
		if attempt++; attempt == maxAttempts {
			return nil, fmt.Errorf("cannot fetch the bundle: %w", err)
		}
		if err := r.wait(r.ctx, rest); err != nil {
			return nil, err
		}
		rest = min(2*rest, maxPause)
	}
}

// throttle waits until n bytes have taken as long as the limit says.
func (r *Remote) throttle(n int, took time.Duration) error {
	if r.limit <= 0 {
		return nil
	}
	return r.wait(r.ctx, time.Duration(float64(n)/float64(r.limit)*float64(time.Second))-took)
}

type statusError struct{ code int }

func (e *statusError) Error() string { return fmt.Sprint("the server answers ", e.code) }

func (r *Remote) once(at, size int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(r.ctx, fetchWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", at, at+size-1))
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusPartialContent {
		return nil, &statusError{resp.StatusCode}
	}
	_, total, _ := strings.Cut(resp.Header.Get("Content-Range"), "/")
	n, err := strconv.ParseInt(total, 10, 64)
	if err != nil || n < 1 || r.size != 0 && n != r.size {
		return nil, fmt.Errorf("the server's file has another size: %q", total)
	}
	r.size = n
	want := min(size, n-at)
	data, err := io.ReadAll(io.LimitReader(resp.Body, want))
	switch {
	case int64(len(data)) == want: // what breaks after the last byte does not matter
		return data, nil
	case err == nil:
		err = io.ErrUnexpectedEOF
	}
	return data, err
}
