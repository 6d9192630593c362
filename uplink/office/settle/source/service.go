package source

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"strconv"
	"strings"

	"wattkiosk/payments/reconcile/form"
)

// longestAnswer bounds the line that answers a request.
const longestAnswer = 256

// service is the day-book service of the other side.
type service struct {
	kind   form.Kind
	addr   string
	limits limits
}

func openService(kind form.Kind, u *url.URL) (Source, error) {
	if _, err := settings(u); err != nil {
		return nil, err
	}
	if u.Path != "" || u.User != nil {
		return nil, errors.New("want tcp://host:port")
	}
	addr, err := address(u, "")
	if err != nil {
		return nil, err
	}

	return &service{kind, addr, usual()}, nil
}

// Kind implements Source.
func (s *service) Kind() form.Kind { return s.kind }

// Open implements Source.
func (s *service) Open(ctx context.Context, date string) (string, io.ReadCloser, error) {
	if _, err := day(date); err != nil {
		return "", nil, err
	}
	w, err := dial(ctx, s.addr, s.limits)
	if err != nil {
		return "", nil, err
	}
	b := &book{watched: w, lines: bufio.NewReaderSize(w.Conn, longestAnswer), digest: sha256.New()}
	if err := w.wait(func() error { return b.ask(s.kind, date) }); err != nil {
		return "", nil, errors.Join(fmt.Errorf("%s: %w", s.addr, err), w.Close())
	}

	return fmt.Sprintf("tcp://%s/%s/%s", s.addr, s.kind, date), b, nil
}

// book is the answer of a service: so many bytes of one digest.
type book struct {
	*watched
	lines  *bufio.Reader
	left   int64
	want   string
	digest hash.Hash
}

var errAnswer = errors.New("answers what is no OK, NONE or ERROR")

// ask sends the request and reads the line that answers it.
func (b *book) ask(kind form.Kind, date string) error {
	if _, err := fmt.Fprintf(b.Conn, "BOOK %s %s\n", kind, date); err != nil {
		return fmt.Errorf("cannot ask: %w", err)
	}
	raw, err := b.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return errAnswer
	}
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}

	word, rest, _ := strings.Cut(strings.TrimRight(string(raw), "\r\n"), " ")
	switch word {
	case "NONE":
		return ErrNotYet
	case "ERROR":
		return fmt.Errorf("it cannot: %.120q", rest)
	case "OK":
		return b.accept(rest)
	}

	return errAnswer
}

func (b *book) accept(rest string) error {
	size, digest, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseUint(size, 10, 63)
	if sum, bad := hex.DecodeString(digest); err != nil || bad != nil || len(sum) != sha256.Size {
		return errAnswer
	}
	if n > MaxBytes {
		return errLarge
	}
	b.left, b.want = int64(n), strings.ToLower(digest)

	return nil
}

var errDigest = errors.New("is not what its digest says: damaged on its way")

// Read implements io.Reader.
func (b *book) Read(p []byte) (int, error) {
	if b.left == 0 {
		if hex.EncodeToString(b.digest.Sum(nil)) != b.want {
			return 0, errDigest
		}

		return 0, io.EOF
	}
	n := 0
	err := b.wait(func() (err error) {
		n, err = b.lines.Read(p[:min(int64(len(p)), b.left)])

		return err
	})
	b.digest.Write(p[:n])
	b.left -= int64(n)
	if errors.Is(err, io.EOF) && b.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if errors.Is(err, io.EOF) {
		err = nil // the digest says whether it is the end
	}

	return n, err
}
