package counterfeit

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
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

// sheetData is the page of a pack.
type sheetData struct {
	Case
	FoundOn, FromOn, UntilOn string
	Lines                    []sheetLine
	Pictures                 []string
}

type sheetLine struct{ When, By, What, Text string }

func sheetOf(c Case, zone *time.Location) sheetData {
	on := func(at int64) string {
		if at == 0 {
			return "—"
		}
		return time.UnixMilli(at).In(zone).Format(time.DateTime)
	}
	d := sheetData{Case: c, FoundOn: on(c.FoundAt), FromOn: on(c.From), UntilOn: on(c.Until)}
	for _, l := range c.Log {
		d.Lines = append(d.Lines, sheetLine{on(l.At), l.By, l.What, l.Text})
	}
	for _, p := range c.Photos {
		d.Pictures = append(d.Pictures, "photo-"+p.Hash+"."+strings.TrimPrefix(p.Type, "image/"))
	}

	return d
}

var sheet = template.Must(template.New("sheet").Parse(`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>假币证据 / Counterfeit evidence {{.ID}}</title></head><body>
<h1>假币证据 / Counterfeit evidence {{.ID}}</h1>
<table border="1" cellpadding="4">
<tr><th>终端 / Kiosk</th><td>{{.Kiosk}} {{.Site}}</td></tr>
<tr><th>发现 / Found</th><td>{{.Found}} {{.FoundOn}}</td></tr>
<tr><th>清机、钞箱 / Collection, cassette</th><td>{{.Collection}} {{.Cassette}}</td></tr>
<tr><th>入钞时段 / Came in</th><td>{{.FromOn}} – {{.UntilOn}}</td></tr>
<tr><th>识币器 / Validator</th><td>{{.Terms.Maker}} {{.Device}} {{.Firmware}}</td></tr>
<tr><th>金额 / Amount</th><td>{{.Amount}}</td></tr>
</table>
<h2>纸币 / Notes</h2>
<table border="1" cellpadding="4"><tr><th>面额 / Value</th><th>冠字号 / Number</th><th>种类 / Kind</th></tr>
{{range .Notes}}<tr><td>{{.Value}}</td><td>{{.Number}}</td><td>{{.Kind}}</td></tr>
{{end}}</table>
<h2>经过 / What happened</h2>
<table border="1" cellpadding="4">{{range .Lines}}<tr><td>{{.When}}</td><td>{{.By}}</td><td>{{.What}}</td><td>{{.Text}}</td></tr>
{{end}}</table>
<h2>照片 / Photographs</h2>
{{range .Pictures}}<p><img src="{{.}}" alt="{{.}}" width="640"></p>
{{end}}</body></html>
`))
