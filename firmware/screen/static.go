package screen

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"

	"wattkiosk/boards/ground/idiomorph"
)

//go:embed static/*
var staticFiles embed.FS

//go:embed templates
var templateFiles embed.FS

// asset is one file of the page.
type asset struct {
	kind string
	etag string
	body []byte
}

// assets are the files of the page, and the build: a digest over all of them and
// the templates. A page of another build reloads itself.
type assets struct {
	build string
	files map[string]asset
}

// kinds are the content types of the files that are served.
var kinds = map[string]string{
	".js":      "text/javascript; charset=utf-8",
	".css":     "text/css; charset=utf-8",
	".svg":     "image/svg+xml",
	".LICENSE": "text/plain; charset=utf-8",
}

// loadAssets reads the embedded files, in the order of their names.
func loadAssets() assets {
	a := assets{files: map[string]asset{}}
	all := sha256.New()
	for _, tree := range []embed.FS{staticFiles, templateFiles} {
		err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			body, err := tree.ReadFile(name)
			if err != nil {
				return err
			}
			fmt.Fprintf(all, "%s %d\n", name, len(body))
			all.Write(body)
			if path.Dir(name) == "static" {
				a.add(path.Base(name), body)
			}
			return nil
		})
		if err != nil {
			panic(fmt.Sprintf("screen: embedded files: %v", err)) // they are part of the program
		}
	}
	all.Write(idiomorph.Script())
	a.add(idiomorph.ScriptName, idiomorph.Script())
	a.add(idiomorph.LicenceName, idiomorph.Licence())
	a.build = hex.EncodeToString(all.Sum(nil)[:6])
	return a
}

// add has a file be served by its name.
func (a assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	a.files[name] = asset{kinds[path.Ext(name)], `"` + hex.EncodeToString(sum[:8]) + `"`, body}
}

// serve answers with one file; the browser asks each time whether it changed.
func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", f.etag)
	if r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	_, _ = w.Write(f.body) // a client that has gone needs no answer
}
