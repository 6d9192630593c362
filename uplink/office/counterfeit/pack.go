package counterfeit

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile/form"
)

// file is one of a pack.
type file struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Size    int    `json:"size"`
	content []byte
}

// Pack is all of a case as a ZIP file: case.json, case.html for people, the photographs, and
// manifest.json with the SHA-256 of each. The same case gives the same bytes.
func (d *Desk) Pack(ctx context.Context, id string) ([]byte, error) {
	c, err := d.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	whole, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return nil, fmt.Errorf("cannot write counterfeit case %s: %w", id, err)
	}
	var page bytes.Buffer
	if err := sheet.Execute(&page, sheetOf(c, d.zone)); err != nil {
		return nil, fmt.Errorf("cannot write counterfeit case %s: %w", id, err)
	}
	files := []file{{Name: "case.html", content: page.Bytes()}, {Name: "case.json", content: append(whole, '\n')}}
	for _, p := range c.Photos {
		x, err := d.Exhibit(ctx, p.Hash)
		if err != nil {
			return nil, fmt.Errorf("photograph %s: %w", p.Hash, err)
		}
		files = append(files, file{Name: "photo-" + p.Hash + "." + strings.TrimPrefix(p.Type, "image/"), content: x.Content})
	}

	return zipped(c, files)
}

func zipped(c Case, files []file) ([]byte, error) {
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.Name, b.Name) })
	for i := range files {
		sum := sha256.Sum256(files[i].content)
		files[i].SHA256, files[i].Size = hex.EncodeToString(sum[:]), len(files[i].content)
	}
	manifest, err := json.MarshalIndent(struct {
		V       int    `json:"v"`
		Case    string `json:"case"`
		Version int64  `json:"version"`
		Files   []file `json:"files"`
	}{1, c.ID, c.Version, files}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("cannot write the manifest: %w", err)
	}

	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range append(files, file{Name: "manifest.json", content: append(manifest, '\n')}) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store, Modified: time.Time{}})
		if err != nil {
			return nil, fmt.Errorf("cannot pack %s: %w", f.Name, err)
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, fmt.Errorf("cannot pack %s: %w", f.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("cannot pack: %w", err)
	}

	return out.Bytes(), nil
}

// sheetData is the page of a pack: texts, Chinese first.
type sheetData struct {
	ID       string
	Facts    []sheetFact
	Notes    []sheetNote
	Lines    []sheetLine
	Pictures []string
}

type sheetFact struct{ Name, Value string }

type sheetNote struct {
	Value        money.Amount
	Number, Kind string
}

type sheetLine struct{ When, By, What, Text string }

// sheetWords are the words of a pack, Chinese first.
var sheetWords = func() map[string]string {
	out := map[string]string{}
	for key, w := range Words() {
		out[key] = w[0] + " / " + w[1]
	}

	return out
}()

// word is the word for a key; a key without one stays.
func word[K ~string](group string, key K) string {
	if w, has := sheetWords[group+"."+string(key)]; has {
		return w
	}

	return string(key)
}

func sheetOf(c Case, zone *time.Location) sheetData {
	on := func(at int64) string {
		if at == 0 {
			return sheetWords["unknown"]
		}
		return time.UnixMilli(at).In(zone).Format(time.DateTime)
	}
	known := func(texts ...string) string {
		return cmp.Or(form.Harmless(strings.TrimSpace(strings.Join(texts, " "))), sheetWords["unknown"])
	}
	d := sheetData{ID: c.ID, Facts: []sheetFact{
		{"阶段 / Stage", word("stage", c.Stage)},
		{"金额（元） / Amount, yuan", c.Amount().String()},
		{"终端 / Kiosk", known(c.Kiosk, c.Site)},
		{"发现 / Found", word("found", c.Found) + " · " + on(c.FoundAt)},
		{"清机、钞箱 / Collection, cassette", known(c.Collection, c.Cassette)},
		{"入钞时段 / Came in", on(c.From) + " – " + on(c.Until)},
		{"识币器 / Validator", known(c.Terms.Maker, c.Device, c.Firmware)},
		{"情况 / What is known", known(c.Text)},
	}}
	if c.Decision.At != 0 {
		d.Facts = append(d.Facts, sheetFact{"承担方 / Borne by", fmt.Sprintf("%s（%s / %s）", word("bears", c.Decision.Bears), c.Decision.Maker, c.Decision.Owner)})
	}
	if c.Decision.Maker > 0 {
		d.Facts = append(d.Facts, sheetFact{"厂商赔付 / Claim", word("claim", c.Claim.State)})
	}

	for _, n := range c.Notes {
		d.Notes = append(d.Notes, sheetNote{n.Value, known(n.Number), word("kind", n.Kind)})
	}
	for _, l := range c.Log {
		d.Lines = append(d.Lines, sheetLine{on(l.At), form.Harmless(l.By), word("line", l.What), form.Harmless(l.said())})
	}
	for _, p := range c.Photos {
		d.Pictures = append(d.Pictures, "photo-"+p.Hash+"."+strings.TrimPrefix(p.Type, "image/"))
	}

	return d
}

// escalatedText is how head office writes an escalation down.
var escalatedText = regexp.MustCompile(`^([0-9]+) days late: (.+)$`)

// said is the text of a line, with words for what head office wrote itself.
func (l Line) said() string {
	switch l.What {
	case "decided":
		who, why, _ := strings.Cut(l.Text, ": ")
		return word("bears", who) + "：" + why
	case "escalated":
		if m := escalatedText.FindStringSubmatch(l.Text); m != nil {
			return "逾期 " + m[1] + " 天，转交 " + m[2] + " / " + l.Text
		}
	}

	return l.Text
}

var sheet = template.Must(template.New("sheet").Parse(`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>假币证据 / Counterfeit evidence {{.ID}}</title>
<style>body{font:15px/1.5 sans-serif;margin:2em}table{border-collapse:collapse}th,td{border:1px solid #999;padding:4px 8px;text-align:left;vertical-align:top}</style></head><body>
<h1>假币证据 / Counterfeit evidence {{.ID}}</h1>
<table>{{range .Facts}}<tr><th>{{.Name}}</th><td>{{.Value}}</td></tr>
{{end}}</table>
<h2>纸币 / Notes</h2>
<table><tr><th>面额（元） / Value, yuan</th><th>冠字号 / Number</th><th>种类 / Kind</th></tr>
{{range .Notes}}<tr><td>{{.Value}}</td><td>{{.Number}}</td><td>{{.Kind}}</td></tr>
{{end}}</table>
<h2>经过 / What happened</h2>
<table><tr><th>时间 / When</th><th>经过 / What</th><th>内容 / Text</th><th>经办人 / By</th></tr>
{{range .Lines}}<tr><td>{{.When}}</td><td>{{.What}}</td><td>{{.Text}}</td><td>{{.By}}</td></tr>
{{end}}</table>
<h2>照片 / Photographs</h2>
{{range .Pictures}}<p><img src="{{.}}" alt="{{.}}" width="640"></p>
{{end}}</body></html>
`))
