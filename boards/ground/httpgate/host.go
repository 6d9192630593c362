package httpgate

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Local reports whether a name is one that a machine has for itself: localhost, or an
// address of loopback.
func Local(name string) bool {
	ip, err := netip.ParseAddr(name)

	return name == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// Name is the name in a host or host:port, in lower case, without brackets and without the
// dot that ends a whole name.
func Name(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}

	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// Named refuses requests by a name that is not ours; names are as Name has them. The address
// that the client has reached is ours in any case: no name leads there by itself. So is a
// request without a name, as no browser sends it.
func Named(ours func(name string) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := Name(r.Host); name != "" && !ours(name) && !reached(r, name) {
			refuse(w, http.StatusMisdirectedRequest, "wrong-name", "this server does not answer to the name in the address; it answers to its own names, and on its own machine to 127.0.0.1 and localhost")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// reached reports whether name is the address at which the client has reached us.
func reached(r *http.Request, name string) bool {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)

	return ok && Name(at.String()) == name
}

// refuse answers as the servers of the project tell errors: {"error":{"code","message"}}.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"error":{"code":"` + code + `","message":"` + message + `"}}` + "\n"))
}
