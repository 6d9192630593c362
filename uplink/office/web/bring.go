package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
)

// Bounds of files that people bring.
const (
	maxBook      = 256 << 20 // bytes: some two million lines
	maxStatement = 8 << 20
	maxBringing  = 2 // at the same time, of all people
	maxFileName  = 120

	booksSuffix    = "/books"
	statementsPath = "/statements"
	fileField      = "file"
)

// fileContents are what a file may be called by a program.
var fileContents = []string{"application/octet-stream", "text/csv", "text/plain"}

var (
	errBringing = errors.New("other files are coming in; try again in a minute")
	errCut      = fmt.Errorf("file %w: it was cut off on the way; nothing of it was taken in", errInput)
)

// bringPages take files of others that people bring: a book of a business date, and the
// bank's statement. A file comes in as a stream and is bounded; it is taken in as a whole or
// not at all.
type bringPages struct {
	*hall
	places chan struct{}
}

func newBringPages(h *hall) *bringPages { return &bringPages{h, make(chan struct{}, maxBringing)} }

func (s *bringPages) routes() []route {
	return []route{
		{"POST", api + "/dates/{date}" + booksSuffix + "/{book}", people.BringBook, false, s.apiBook},
		{"POST", api + statementsPath, people.BringLine, false, s.apiStatement},

		{"POST", "/dates/{date}" + booksSuffix, people.BringBook, true, s.bookForm},
		{"POST", statementsPath, people.BringLine, true, s.statementForm},
	}
}

// largestFile is how many bytes the body of a route may have that takes a file of others; 0
// for another route.
func largestFile(path string) int64 {
	switch {
	case strings.HasSuffix(path, statementsPath):
		return maxStatement + formOverhead
	case strings.HasSuffix(path, "/{date}"+booksSuffix), strings.HasSuffix(path, "/{date}"+booksSuffix+"/{book}"):
		return maxBook + formOverhead
	}

	return 0
}

// brought is a file that a person brings.
type brought struct {
	book, part, name string
	from             io.Reader
}

// check names the file for people, and refuses what no file is called.
func (b *brought) check() error {
	b.name = path.Base(strings.ReplaceAll(b.name, `\`, "/"))
	if b.name == "." || b.name == "/" || len(b.name) > maxFileName {
		return fmt.Errorf("name %w: want the name of a file, at most %d bytes", errInput, maxFileName)
	}

	return nil
}

// takes keeps a place while fn takes a file in. What comes may take as long as it moves.
func (s *bringPages) takes(w http.ResponseWriter, b *brought, fn func(from io.Reader) error) error {
	if err := b.check(); err != nil {
		return err
	}
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		return errBringing
	}

	err := fn(newMoving(b.from, w))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}

	return err
}

// takeBook takes in a book of a date as the person who is logged in.
func (s *bringPages) takeBook(ctx context.Context, w http.ResponseWriter, day string, b brought) (f settle.File, fresh bool, err error) {
	who := person(ctx)
	in := settle.Incoming{Kind: b.book, Part: b.part, Day: day, By: who.Name}
	if s.cfg.Bring == nil {
		return f, false, fmt.Errorf("files: %w", errNotOffered)
	}
	err = s.takes(w, &b, func(from io.Reader) (err error) {
		in.Name = b.name
		f, fresh, err = s.cfg.Bring(ctx, in, from)

		return err
	})

	return f, fresh, err
}

// takeStatement takes in the bank's statement as the person who is logged in.
func (s *bringPages) takeStatement(ctx context.Context, w http.ResponseWriter, b brought) (got cash.Taken, err error) {
	who := person(ctx)
	err = s.takes(w, &b, func(from io.Reader) (err error) {
		got, err = s.cfg.Store.Cash.TakeStatement(ctx, b.name, who.Name, from, s.cfg.Store.Zone(), s.now())

		return err
	})

	return got, err
}

// ofBody is the file that is the body of a program's request.
func ofBody(w http.ResponseWriter, r *http.Request) (brought, bool) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || !slices.Contains(fileContents, t) {
		writeError(w, http.StatusUnsupportedMediaType, codeBad, "Content-Type must be one of "+strings.Join(fileContents, ", "))
		return brought{}, false
	}
	q := r.URL.Query()

	return brought{book: r.PathValue("book"), part: q.Get("part"), name: q.Get("name"), from: r.Body}, true
}

// fileFaults are what is wrong with a file, as programs get it.
type fileFaults struct {
	apiError
	File   string       `json:"file"`
	Faults []form.Fault `json:"faults"`
	More   int64        `json:"more"`
}

// failFile tells a program why a file was not taken in.
func (s *bringPages) failFile(w http.ResponseWriter, r *http.Request, err error) {
	var big *http.MaxBytesError
	var faults *form.Faults
	switch {
	case errors.As(err, &faults):
		out := fileFaults{File: faults.File, Faults: faults.List, More: faults.More}
		out.Error.Code, out.Error.Message = codeFile, faults.Error()
		writeJSON(w, http.StatusUnprocessableEntity, out)
	case errors.As(err, &big):
		writeError(w, http.StatusRequestEntityTooLarge, codeTooLarge, fmt.Sprintf("the file has more than %d bytes", big.Limit-formOverhead))
	default:
		s.fail(w, r, err)
	}
}

func (s *bringPages) apiBook(w http.ResponseWriter, r *http.Request) {
	of, err := day(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	b, ok := ofBody(w, r)
	if !ok {
		return
	}
	f, fresh, err := s.takeBook(r.Context(), w, of, b)
	if err != nil {
		s.failFile(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"file": viewFile(f), "fresh": fresh})
}

// statementView is what became of a statement, as programs get it.
type statementView struct {
	cash.Statement
	Fresh   bool  `json:"fresh"`
	Matched int64 `json:"matched"`
	Loose   int64 `json:"loose"`
}

func (s *bringPages) apiStatement(w http.ResponseWriter, r *http.Request) {
	b, ok := ofBody(w, r)
	if !ok {
		return
	}
	got, err := s.takeStatement(r.Context(), w, b)
	if err != nil {
		s.failFile(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, statementView{got.Statement, got.Fresh, got.Matched, got.Loose})
}

// ofForm is the file of a form. What it has beside the file comes before it.
func ofForm(r *http.Request) (b brought, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return b, fmt.Errorf("form %w: %w", errInput, err)
	}
	for {
		var p *multipart.Part
		if p, err = parts.NextPart(); err != nil {
			return b, fmt.Errorf("form %w: it has no file: %w", errInput, err)
		}
		if p.FormName() == fileField {
			b.name, b.from = p.FileName(), p
			return b, nil
		}
		text, err := io.ReadAll(io.LimitReader(p, maxFileName))
		if err != nil {
			return b, fmt.Errorf("form %w: %w", errInput, err)
		}
		switch p.FormName() {
		case "book":
			b.book = string(text)
		case "part":
			b.part = strings.TrimSpace(string(text))
		}
	}
}

// faultRow is one thing that is wrong with a file, in words.
type faultRow struct {
	Line        int64
	Field, Text string
}

type faultsData struct {
	File string
	Rows []faultRow
	More int64
	Back string
}

// failFilePage tells a person why a file was not taken in: each fault by line and field.
func (s *bringPages) failFilePage(w http.ResponseWriter, r *http.Request, err error, nav, back string) {
	l := language(r)
	var big *http.MaxBytesError
	var faults *form.Faults
	show := func(status int, key string) {
		s.show(w, r, status, "date-refused", page{Title: l.t("file.refused"), Nav: nav}, map[string]string{"Key": key, "Back": back})
	}
	switch {
	case errors.As(err, &faults):
		d := faultsData{File: faults.File, More: faults.More, Back: back}
		for _, f := range faults.List {
			d.Rows = append(d.Rows, faultRow{f.Line, f.Field, l.sentence(f.Text)})
		}
		s.show(w, r, http.StatusUnprocessableEntity, "file-refused", page{Title: l.t("file.refused"), Nav: nav}, d)
	case errors.As(err, &big):
		show(http.StatusRequestEntityTooLarge, "file.large")
	case errors.Is(err, errCut):
		show(http.StatusBadRequest, "file.cut")
	case errors.Is(err, errBringing):
		show(http.StatusTooManyRequests, "file.busy")
	case errors.Is(err, settle.ErrSigned):
		show(http.StatusConflict, "file.signed")
	case errors.Is(err, settle.ErrBusy):
		show(http.StatusConflict, "date.no.busy")
	case errors.Is(err, settle.ErrNoPart):
		show(http.StatusBadRequest, "file.nopart")
	case errors.Is(err, settle.ErrEarly):
		show(http.StatusConflict, "date.no.early")
	default:
		s.refusePage(w, r, err, back)
	}
}

func (s *bringPages) bookForm(w http.ResponseWriter, r *http.Request) {
	of, err := day(r)
	if err != nil {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	back := "/dates/" + dashed(of)
	b, err := ofForm(r)
	if err == nil {
		_, _, err = s.takeBook(r.Context(), w, of, b)
	}
	if err != nil {
		s.failFilePage(w, r, err, "dates", back)
		return
	}
	http.Redirect(w, r, withNote(back, "file.taken"), http.StatusSeeOther)
}

func (s *bringPages) statementForm(w http.ResponseWriter, r *http.Request) {
	const back = "/remittances"
	b, err := ofForm(r)
	if err == nil {
		_, err = s.takeStatement(r.Context(), w, b)
	}
	if err != nil {
		s.failFilePage(w, r, err, "cash", back)
		return
	}
	http.Redirect(w, r, withNote(back, "file.taken"), http.StatusSeeOther)
}
