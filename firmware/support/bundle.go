// Package support makes support bundles: a ZIP file of what somebody far away needs to help
// with a kiosk, which a technician sends. It is bounded, and what would be a secret or a
// person's number is taken out of each part, whoever let it in. A part that cannot be got is
// missing, and the contents say why: a bundle is made where something is broken.
//
// It asks for nothing itself but the board's system log; the other parts are its caller's.
package support

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"wattkiosk/boards/ground/durable"
)

// Bounds of a bundle.
const (
	partBytes = 512 << 10
	partTime  = 30 * time.Second
)

// Part is one file of a bundle to be. Get gives what is written as JSON, or a *Log.
type Part struct {
	Name string
	Get  func(context.Context) (any, error)
}

// Bundle is what was made.
type Bundle struct {
	Kiosk string  `json:"kiosk"`
	Made  string  `json:"made"`
	Parts []Piece `json:"parts"`
}

// Piece is a part that is in the bundle, or why it is not.
type Piece struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
	Cut   bool   `json:"cut,omitempty"` // it was longer: this is its end
	Error string `json:"error,omitempty"`

	text []byte
}

// Write makes a bundle of a kiosk, and the file for it, of mode 0600. A file that is there
// already stays as it is, and the error is fs.ErrExist.
func Write(ctx context.Context, file, kiosk string, now time.Time, parts []Part) (Bundle, error) {
	b := Bundle{Kiosk: kiosk, Made: now.UTC().Format(time.RFC3339)}
	for _, p := range parts {
		b.Parts = append(b.Parts, p.piece(ctx))
	}
	text, err := b.zipped()
	if err != nil {
		return b, err
	}

	return b, durable.Create(file, text)
}

// piece gets the part, bounds it, and takes out what must not be in it.
func (p Part) piece(ctx context.Context) Piece {
	ctx, cancel := context.WithTimeout(ctx, partTime)
	defer cancel()

	out := Piece{Name: p.Name}
	v, err := p.Get(ctx)
	var text []byte
	if log, is := v.(*Log); is {
		text, out.Cut = log.lines()
	} else if err == nil {
		text, err = json.MarshalIndent(v, "", "  ")
	}
	if err == nil && len(text) > partBytes {
		err = fmt.Errorf("it is too long: %d bytes", len(text))
	}
	if err != nil {
		out.Error = scrub(err.Error())
		return out
	}
	out.text = []byte(scrub(string(text)))
	out.Bytes = len(out.text)

	return out
}

// zipped is the contents and the parts that there are.
func (b *Bundle) zipped() ([]byte, error) {
	contents, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range append([]Piece{{Name: "contents.json", text: contents}}, b.Parts...) {
		if p.Error != "" {
			continue
		}
		w, err := z.Create(p.Name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(p.text); err != nil {
			return nil, err
		}
	}
	err = z.Close()

	return out.Bytes(), err
}
