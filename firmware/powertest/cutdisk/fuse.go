package cutdisk

import (
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// The file system has a root and one file.
const (
	rootNode = fuse.FUSE_ROOT_ID
	fileNode = 2
	fileName = "disk"

	forever    = 3600      // seconds that the kernel may keep what it knows
	maxRequest = 128 << 10 // bytes
	blocks     = 1 << 30   // of a file system that is never full
	mode       = 0o600
)

// server answers the kernel for a disk.
type server struct {
	fuse.RawFileSystem // what is not answered
	d                  *Disk
}

var _ fuse.RawFileSystem = server{}

func (s server) String() string { return "cutdisk" }

func (d *Disk) attr(node uint64, a *fuse.Attr) {
	a.Ino, a.Blksize, a.Nlink = node, pageSize, 1
	a.Mode, a.Size = mode|syscall.S_IFREG, uint64(d.size)
	if node == rootNode {
		a.Mode, a.Size = 0o700|syscall.S_IFDIR, pageSize
	}
}

func (s server) Lookup(_ <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	if h.NodeId != rootNode || name != fileName {
		return fuse.ENOENT
	}
	out.NodeId, out.Generation = fileNode, 1
	out.EntryValid, out.AttrValid = forever, forever
	s.d.attr(fileNode, &out.Attr)
	return fuse.OK
}

// GetAttr gives the size.
func (s server) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	out.AttrValid = forever
	s.d.attr(in.NodeId, &out.Attr)
	return fuse.OK
}

// SetAttr changes nothing: a disk has a size and no times.
func (s server) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	out.AttrValid = forever
	s.d.attr(in.NodeId, &out.Attr)
	return fuse.OK
}

// Open opens the file.
func (s server) Open(_ <-chan struct{}, _ *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return fuse.OK
}

// Read reads from the cache or the disk.
func (s server) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	if !s.d.enter(Any) {
		return nil, fuse.EIO
	}
	defer s.d.mu.Unlock()
	off := int64(in.Offset)
	n := min(int64(len(buf)), int64(in.Size), max(0, s.d.size-off))
	s.d.read(off, buf[:n])
	return fuse.ReadResultData(buf[:n]), fuse.OK
}

// Write writes into the cache, or is refused.
func (s server) Write(_ <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	if !s.d.enter(Write) {
		return 0, fuse.EIO
	}
	defer s.d.mu.Unlock()
	if s.d.refusals > 0 {
		s.d.refusals--
		s.d.refused++
		return 0, fuse.EIO
	}
	s.d.write(int64(in.Offset), data)
	return uint32(len(data)), fuse.OK
}

// Fsync flushes the cache.
func (s server) Fsync(<-chan struct{}, *fuse.FsyncIn) fuse.Status {
	if !s.d.enter(Flush) {
		return fuse.EIO
	}
	defer s.d.mu.Unlock()
	s.d.flush()
	return fuse.OK
}

// Access allows everything; the mount is root's.
func (s server) Access(<-chan struct{}, *fuse.AccessIn) fuse.Status { return fuse.OK }

// Flush is a close, and no flush of the cache.
func (s server) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status { return fuse.OK }

// StatFs describes a file system that is never full: the disk has its own size.
func (s server) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	out.Bsize, out.Frsize, out.NameLen = pageSize, pageSize, 255
	out.Blocks, out.Bfree, out.Bavail = blocks, blocks, blocks
	return fuse.OK
}

// serve mounts the file system at dir and returns what unmounts it, which answers
// whoever still waits with an error.
func (d *Disk) serve(dir string) (stop func() error, err error) {
	k, err := fuse.NewServer(server{fuse.NewDefaultRawFileSystem(), d}, dir, &fuse.MountOptions{
		DirectMountStrict: true, FsName: "cutdisk", Name: "cutdisk", DisableXAttrs: true, DisableReadDirPlus: true,
		MaxWrite: maxRequest, ExplicitDataCacheControl: true, MaxBackground: 64,
	})
	if err != nil {
		return nil, err
	}
	go k.Serve()
	if err := k.WaitMount(); err != nil {
		return nil, err
	}
	return func() error {
		d.Release()
		return again(func() error { return syscall.Unmount(dir, syscall.MNT_DETACH) })
	}, nil
}

// again repeats what a user who is just leaving keeps from being done.
func again(do func() error) (err error) {
	for range 400 {
		if err = do(); err == nil {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return err
}
