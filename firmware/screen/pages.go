package screen

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"time"

	"wattkiosk/firmware/page"
)

// pages are the templates: the page around, and a fragment per screen.
type pages struct {
	set   *template.Template
	build string
}

// parsePages parses the embedded templates. Each screen has the template that
// bears its id; "other" draws screens that have none.
func parsePages(build string) *pages {
	set := template.New("").Option("missingkey=error")
	for _, glob := range []string{"templates/*.html", "templates/screens/*.html"} {
		names, err := fs.Glob(templateFiles, glob)
		if err != nil {
			panic(fmt.Sprintf("screen: %s: %v", glob, err)) // a constant pattern
		}
		template.Must(set.ParseFS(templateFiles, names...))
	}
	return &pages{set, build}
}

// fragment draws a view: the element with the id "screen".
func (p *pages) fragment(v page.View, now time.Time) ([]byte, error) {
	t := p.set.Lookup(string(v.Screen) + ".html")
	if t == nil {
		t = p.set.Lookup("other.html")
	}
	var b bytes.Buffer
	if err := t.Execute(&b, look(v, now)); err != nil {
		return nil, fmt.Errorf("cannot draw %s: %w", v.Screen, err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// page draws the whole page around a view.
func (p *pages) page(v page.View, now time.Time) ([]byte, error) {
	f, err := p.fragment(v, now)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = p.set.ExecuteTemplate(&b, "page.html", struct {
		Lang, Build, Title string
		Screen             template.HTML
	}{string(v.Lang), p.build, phrase(v.Lang, "brand"), template.HTML(f)}) // a fragment is escaped already
	if err != nil {
		return nil, fmt.Errorf("cannot draw the page: %w", err)
	}
	return b.Bytes(), nil
}
