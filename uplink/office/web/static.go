package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"wattkiosk/boards/ground/idiomorph"
)

//go:embed asset
var assets embed.FS

// asset is a file that pages are shown with.
func asset(name string) ([]byte, error) {
	switch name {
	case idiomorph.ScriptName:
		return idiomorph.Script(), nil
	case idiomorph.LicenceName:
		return idiomorph.Licence(), nil
	}

	return assets.ReadFile("asset/" + name)
}

// staticURL is the address of an embedded file; it changes with its content.
func staticURL(name string) string {
	b, err := asset(name)
	if err != nil {
		return "/static/missing"
	}
	sum := sha256.Sum256(b)
	return "/static/" + name + "?v=" + hex.EncodeToString(sum[:6])
}

// static serves the embedded files by name.
func (s *Server) static() http.Handler {
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".LICENSE": "text/plain; charset=utf-8"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/static/")
		kind, known := types[path.Ext(name)]
		b, err := asset(name)
		if err != nil || !known {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		if r.URL.Query().Has("v") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		_, _ = w.Write(b)
	})
}

// openAPI serves the description of the JSON interface.
func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) {
	b, err := assets.ReadFile("asset/openapi.json")
	if err != nil {
		writeError(w, http.StatusInternalServerError, codeInternal, "no description")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(b)
}
