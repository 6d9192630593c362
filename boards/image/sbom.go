package image

import (
	"cmp"
	"debug/buildinfo"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// sbom writes the bill of materials: every Debian package with its hash, and every
// Go module of our programs.
func (b *builder) sbom() error {
	debian, err := b.debianComponents()
	if err != nil {
		return err
	}
	modules, err := b.goComponents()
	if err != nil {
		return err
	}
	all := append(debian, modules...)
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: epoch.Format(time.RFC3339),
		Component: &cdx.Component{
			Type: cdx.ComponentTypeFirmware, Name: "wattkiosk-" + b.Board + "-" + string(b.Variant), Version: b.Version,
		},
	}
	bom.Components = &all
	f, err := os.Create(b.out("sbom.cdx.json"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := cdx.NewBOMEncoder(f, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		return err
	}
	return f.Close()
}

// debianComponents reads the list that the packages step left: name, version,
// architecture, source and SHA-256 of each, as "Field: value" parted by tabs.
func (b *builder) debianComponents() ([]cdx.Component, error) {
	data, err := os.ReadFile(b.in("tree/" + packagesFile))
	if err != nil {
		return nil, err
	}
	var list []cdx.Component
	for line := range strings.Lines(string(data)) {
		fields := map[string]string{}
		var sum string
		for part := range strings.SplitSeq(strings.TrimSpace(line), "\t") {
			name, value, ok := strings.Cut(part, ": ")
			if !ok {
				sum = part
				continue
			}
			fields[name] = value
		}
		name, version := fields["Package"], fields["Version"]
		if name == "" {
			continue
		}
		purl := fmt.Sprintf("pkg:deb/debian/%s@%s?arch=%s&distro=%s", purlName(name), version, fields["Architecture"], suite)
		list = append(list, cdx.Component{
			BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: name, Version: version, PackageURL: purl,
			Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum}},
		})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("the list of packages is empty")
	}
	slices.SortFunc(list, byRef)
	return list, nil
}

// purlName is the name of a package as a package URL has it: percent-encoded but for
// letters, digits, dot, dash, underscore and tilde. A reader may take a bare plus sign,
// as in libstdc++6, for a space.
func purlName(name string) string {
	return strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

func byRef(a, b cdx.Component) int { return cmp.Compare(a.BOMRef, b.BOMRef) }

func (b *builder) goComponents() ([]cdx.Component, error) {
	seen := map[string]cdx.Component{}
	for _, name := range ours {
		info, err := buildinfo.ReadFile(filepath.Join(b.Programs, name))
		if err != nil {
			return nil, err
		}
		seen["std"] = cdx.Component{
			BOMRef: "pkg:golang/std@" + info.GoVersion, Type: cdx.ComponentTypeLibrary, Name: "std", Version: info.GoVersion, PackageURL: "pkg:golang/std@" + info.GoVersion,
		}
		for _, m := range info.Deps {
			purl := "pkg:golang/" + m.Path + "@" + m.Version
			seen[purl] = cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version, PackageURL: purl}
		}
	}
	var list []cdx.Component
	for _, c := range seen {
		list = append(list, c)
	}
	slices.SortFunc(list, byRef)
	return list, nil
}
