package httpgate

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ParseProxies reads addresses and networks, with commas between them.
func ParseProxies(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		p, err := netip.ParsePrefix(part)
		if ip, single := netip.ParseAddr(part); single == nil {
			p, err = ip.WithZone("").Prefix(ip.BitLen())
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("%.60q is neither an address nor a network such as 10.1.2.0/24", part)
		case p.Bits() == 0:
			return nil, fmt.Errorf("%s is everybody: name the proxies", p)
		}
		out = append(out, p.Masked())
	}

	return out, nil
}

func isProxy(proxies []netip.Prefix, addr string) bool {
	ip, err := netip.ParseAddr(strings.Trim(addr, "[]"))

	return err == nil && slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap().WithZone("")) })
}

type viaKey struct{}

// ViaProxy reports whether a proxy of ours brought a request for somebody else.
func ViaProxy(r *http.Request) bool {
	via, _ := r.Context().Value(viaKey{}).(bool)

	return via
}

// forwarded has a request that a proxy brings be the person's: its address, its name. What
// others say of themselves is not believed. In clear, only proxies and this machine are
// served: whoever else comes goes past the proxy.
func forwarded(proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		known := err == nil && isProxy(proxies, peer)
		hops := r.Header.Values("X-Forwarded-For")
		switch {
		case known && len(hops) > 0:
			if proto := r.Header.Get("X-Forwarded-Proto"); proto != "" && !strings.EqualFold(proto, "https") {
				refuse(w, http.StatusForbidden, "https-only", "this server is reached over https only")
				return
			}
			r = r.WithContext(context.WithValue(r.Context(), viaKey{}, true))
			r.RemoteAddr = net.JoinHostPort(lastHop(proxies, hops, peer), "0")
			if host := r.Header.Get("X-Forwarded-Host"); host != "" {
				r.Host = host
			}
		case !known && r.TLS == nil && !Local(peer):
			refuse(w, http.StatusForbidden, "through-proxy", "this server is reached through its proxy only")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// lastHop is the last hop that is no proxy of ours; where one cannot be read, the proxy
// before it.
func lastHop(proxies []netip.Prefix, hops []string, peer string) string {
	last := peer
	for _, hop := range slices.Backward(strings.Split(strings.Join(hops, ","), ",")) {
		hop = strings.TrimSpace(hop)
		if host, _, err := net.SplitHostPort(hop); err == nil { // some tell the port
			hop = host
		}
		ip, err := netip.ParseAddr(strings.Trim(hop, "[]"))
		if err != nil {
			return last
		}
		last = ip.Unmap().WithZone("").String()
		if !isProxy(proxies, last) {
			return last
		}
	}

	return last
}
