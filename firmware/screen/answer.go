package screen

import (
	"encoding/json"
	"net/http"

	"wattkiosk/firmware/page"
)

// problem is the body of an answer that is no screen.
type problem struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func writeError(w http.ResponseWriter, status int, code, message string) {
	var p problem
	p.Error.Code, p.Error.Message = code, message
	writeJSON(w, status, p)
}

// writeJSON answers with v. A client that has gone gets nothing.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}

func writeHTML(w http.ResponseWriter, status int, html []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(html)
}

// contractual fills in what the contract promises to be an object and an array,
// never null.
func contractual(v page.View) page.View {
	if v.Fields == nil {
		v.Fields = struct{}{}
	}
	if v.Actions == nil {
		v.Actions = []page.Action{}
	}
	return v
}
