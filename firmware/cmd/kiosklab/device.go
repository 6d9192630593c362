package main

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"wattkiosk/hal/bench"
)

// okay is the answer of a call that has nothing to tell.
type okay struct {
	OK bool `json:"ok"`
}

func done(err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return okay{true}, nil
}

func (l *lab) insertNote(r *http.Request) (any, error) {
	in := struct {
		Value   int64  `json:"value"` // fen
		Outcome string `json:"outcome"`
	}{Outcome: "genuine"}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	switch in.Outcome {
	case "genuine", "suspect", "unreadable":
	default:
		return nil, unknown("outcome %.40q is not genuine, suspect or unreadable", in.Outcome)
	}
	if in.Value <= 0 {
		return nil, unknown("value %d is no note; it is in fen", in.Value)
	}
	err := l.bench.InsertNote(in.Value, in.Outcome)
	if bench.Refused(err) {
		return nil, no(http.StatusConflict, "refused", "the note comes back out: the validator takes none now")
	}
	if err != nil {
		return nil, unknown("%s", err)
	}
	return okay{true}, nil
}

// fault is the body of a device's fault.
type fault struct {
	Kind  string `json:"kind"`
	Clear bool   `json:"clear"`
}

func (l *lab) billFault(r *http.Request) (any, error) { return setFault(r, l.bench.ValidatorFault) }

// moveCassette takes the cassette out, and answers with the notes in it in fen, or puts an
// empty one in.
func moveCassette(b *bench.Bench, r *http.Request) (any, error) {
	var in struct {
		Out    *bool  `json:"out"`
		Number string `json:"number"` // of the one that is put in
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Out == nil || len(in.Number) > 20 {
		return nil, unknown("out is true or false, and number has up to 20 characters")
	}
	notes, err := []int64{}, error(nil)
	if *in.Out {
		notes, err = b.TakeCassette()
	} else {
		err = b.PutCassette(in.Number)
	}
	if errors.Is(err, bench.ErrCassette) {
		return nil, no(http.StatusConflict, "refused", "%s", err)
	}

	return struct {
		Notes []int64 `json:"notes"`
	}{notes}, err
}

func (l *lab) printerFault(r *http.Request) (any, error) { return setFault(r, l.bench.PrinterFault) }

func setFault(r *http.Request, set func(kind string, clear bool) error) (any, error) {
	var in fault
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if err := set(in.Kind, in.Clear); err != nil {
		return nil, unknown("%s", err)
	}
	return okay{true}, nil
}

func (l *lab) moveDoor(r *http.Request) (any, error) {
	var in struct {
		Open *bool  `json:"open"`
		Name string `json:"name"` // door, safe-door, tamper, vibration; "" is door
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Open == nil {
		return nil, required("open")
	}
	err := l.bench.Contact(cmp.Or(in.Name, "door"), *in.Open)
	if errors.Is(err, bench.ErrNoContact) {
		return nil, unknown("%s", err)
	}
	return done(err)
}

func (l *lab) scanCode(r *http.Request) (any, error) {
	var in struct {
		Code string `json:"code"`
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Code == "" {
		return nil, required("code")
	}
	if err := l.bench.Scan(in.Code); err != nil {
		return nil, unknown("%s", err)
	}
	return okay{true}, nil
}

func (l *lab) switchMains(r *http.Request) (any, error) {
	var in struct {
		On *bool `json:"on"`
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.On == nil {
		return nil, required("on")
	}
	return done(l.bench.Mains(*in.On))
}

// slipView is a slip in a list.
type slipView struct {
	Number  int    `json:"number"`
	Partial bool   `json:"partial"` // paper or power ended in it
	MM      int64  `json:"mm"`
	Text    string `json:"text"`
	PNG     string `json:"png"` // path of its picture
}

func (l *lab) listSlips(*http.Request) (any, error) {
	list := []slipView{}
	for _, s := range l.bench.Slips() {
		list = append(list, slipView{s.Number, s.Partial, s.MM, s.Text(), "/api/slips/" + strconv.Itoa(s.Number) + ".png"})
	}
	return map[string]any{"slips": list}, nil
}

// getSlip answers N.png or N.txt.
func (l *lab) getSlip(w http.ResponseWriter, r *http.Request) {
	number, kind, _ := strings.Cut(r.PathValue("file"), ".")
	n, err := strconv.Atoi(number)
	slip, ok := l.bench.Slip(n)
	if err != nil || !ok || (kind != "png" && kind != "txt") {
		writeError(w, no(http.StatusNotFound, "unknown", "there is no slip %.40q: ask for N.png or N.txt", r.PathValue("file")))
		return
	}

	if kind == "txt" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(slip.Text())) // a client that has gone needs no answer, here and below
		return
	}

	png, err := slip.PNG()
	if err != nil {
		writeError(w, err)
		return
	}

	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, max-age=3600") // the page's link names the lab's start
	_, _ = w.Write(png)
}
