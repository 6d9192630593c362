package technician

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"wattkiosk/firmware/config"
)

// keepEnrolment puts what makes a kiosk of a board into place. What a kiosk would
// refuse to start with is left out and reported, for the token is spent: the kiosk is
// to have its name.
func keepEnrolment(f enrolFolder, o enrolling, e answered) (leftOut []string, err error) {
	at := func(name string) string { return filepath.Join(o.out, name) }
	known := map[string]string{
		"kiosk": e.Kiosk, "incarnation": fmt.Sprint(e.Incarnation), "policy_key": at(policyFile),
		"uplink.ca": at(caFile), "uplink.cert": at(certFile), "uplink.key": at(keyFile),
	}

	put := func(name, content string) {
		if err == nil {
			err = f.put(name, content)
		}
	}

	put(certFile, e.Cert)
	put(caFile, e.CA)
	put(policyFile, e.PolicyKey)
	if o.site != "" {
		text, problem := readSite(o.site, known)
		if problem != nil {
			leftOut = append(leftOut, oneLine(siteFile, problem))
		} else {
			put(siteFile, text)
		}
	}

	toml := fmt.Sprintf("kiosk = %q\nincarnation = %d\npolicy_key = %q\n\n[uplink]\nca = %q\ncert = %q\nkey = %q\n",
		e.Kiosk, e.Incarnation, known["policy_key"], known["uplink.ca"], known["uplink.cert"], known["uplink.key"])
	if e.Broker != "" {
		known["uplink.broker"] = e.Broker
		if _, problem := config.Load(nil, nil, known); problem != nil {
			leftOut = append(leftOut, oneLine("the broker that head office names", problem))
		} else {
			toml += fmt.Sprintf("broker = %q\n", e.Broker)
		}
	}

	put(enrolledFile, toml)
	if err != nil {
		return nil, err
	}

	return leftOut, f.place()
}

// readSite reads a site's settings, if a kiosk that is known so can start with them.
// Who it is they cannot say.
func readSite(path string, known map[string]string) (string, error) {
	if _, err := config.Load([]string{path}, nil, known); err != nil { // its size too is checked
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	alone, _ := config.Load([]string{path}, nil, nil) // without its number it is no whole configuration
	u := alone.Uplink
	if alone.Kiosk != "" || alone.Incarnation != 0 || alone.PolicyKey != "" || u.CA+u.Cert+u.Key != "" {
		return "", errors.New("who the kiosk is, is head office's to say: no kiosk, incarnation, policy_key, uplink.ca, uplink.cert, uplink.key")
	}
	return string(text), nil
}

// oneLine is a problem, or several, for a log.
func oneLine(what string, problem error) string {
	return what + ": " + strings.ReplaceAll(problem.Error(), "\n", "; ")
}
