package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
)

// bbolt's file format, version 2. Numbers have the byte order of the machine
// that wrote them; only little-endian ones are supported.
const (
	minPage     = 1024
	pageHeader  = 16 // id uint64, flags uint16, count uint16, overflow uint32
	elementSize = 16
	bucketHead  = 16 // root page uint64, sequence uint64

	branchPage   = 0x01
	leafPage     = 0x02
	metaPage     = 0x04
	freelistPage = 0x10

	bucketElement = 0x01
	boltMagic     = 0xED0CDAED
	boltVersion   = 2
	noFreelist    = ^uint64(0)
	maxDepth      = 64
)

var little = binary.LittleEndian

// checker walks one file. The first pages to be found wrong are noted, and
// what hangs below them is not looked at.
type checker struct {
	data    []byte
	size    uint64 // of a page
	high    uint64 // pages in use are below this
	commits uint64 // by bbolt's count, which begins with 1
	used    []bool
	shape   bool // look only at the pages that lead to others
	report  *Report
	seal    Seal
	meta    map[string][]byte // records of the bucket meta
}

// walk goes through all pages that are in use, if it finds them.
func (c *checker) walk() bool {
	root, freelist, ok := c.metas()
	if !ok {
		return false
	}
	c.used = make([]bool, c.high)
	c.used[0], c.used[1] = true, true
	c.page(nil, root, bounds{}, 0)
	c.freePages(freelist)
	return true
}

func (c *checker) fault(format string, args ...any) {
	if len(c.report.Faults) < maxFaults {
		c.report.Faults = append(c.report.Faults, fmt.Sprintf(format, args...))
	}
}

// metas reads the two meta pages. As bbolt does, it goes on with the newer one
// that is sound; that both are belongs to a sound file.
func (c *checker) metas() (root, freelist uint64, ok bool) {
	var newest uint64
	sizes := []uint64{uint64(os.Getpagesize())} //nolint:gosec // not negative
	if size := uint64(little.Uint32(c.data[pageHeader+8:])); size != sizes[0] {
		sizes = append(sizes, size)
	}
	for _, size := range sizes {
		if size < minPage || size > 1<<16 || size&(size-1) != 0 || uint64(len(c.data)) < 4*size {
			continue
		}
		for i := range uint64(2) {
			m := c.data[i*size+pageHeader:]
			sum := fnv.New64a()
			_, _ = sum.Write(m[:56]) // never fails
			if little.Uint32(m) != boltMagic || little.Uint32(m[4:]) != boltVersion || little.Uint64(m[56:]) != sum.Sum64() || uint64(little.Uint32(m[8:])) != size {
				c.fault("meta page %d is damaged", i)
				continue
			}
			if tx := little.Uint64(m[48:]); !ok || tx > newest {
				ok, newest, c.size, c.commits = true, tx, size, tx
				root, freelist, c.high = little.Uint64(m[16:]), little.Uint64(m[32:]), little.Uint64(m[40:])
			}
		}
		if ok {
			break
		}
	}
	if !ok {
		c.fault("it is not a journal, or its first pages are lost")
		return 0, 0, false
	}
	if c.high > uint64(len(c.data))/c.size {
		c.fault("it ends after %d of %d pages", uint64(len(c.data))/c.size, c.high)
		return 0, 0, false
	}
	return root, freelist, true
}

// take returns the bytes of a page with its overflow, once.
func (c *checker) take(id uint64) ([]byte, bool) {
	if id < 2 || id >= c.high {
		c.fault("page %d is out of range", id)
		return nil, false
	}
	p := c.data[id*c.size:]
	pages := uint64(little.Uint32(p[12:])) + 1
	if little.Uint64(p) != id || pages > c.high-id {
		c.fault("page %d has a damaged head", id)
		return nil, false
	}
	for i := range pages {
		if c.used[id+i] {
			c.fault("page %d is used twice", id+i)
			return nil, false
		}
		c.used[id+i] = true
	}
	return p[:pages*c.size], true
}

// bounds are the keys between which all keys of a page lie.
type bounds struct{ from, before []byte }

// page walks one page of a bucket's tree; the root of all has no bucket name.
func (c *checker) page(bucket []byte, id uint64, in bounds, depth int) {
	if depth > maxDepth {
		c.fault("page %d lies too deep", id)
		return
	}
	if p, ok := c.take(id); ok {
		c.elements(bucket, place{page: id}, p, in, depth)
	}
}

// place is where elements lie: in a page, or in their bucket's own element.
type place struct {
	page   uint64
	bucket []byte
}

func (p place) String() string {
	if p.bucket != nil {
		return fmt.Sprintf("bucket %.20q", p.bucket)
	}
	return fmt.Sprintf("page %d", p.page)
}

func (c *checker) elements(bucket []byte, at place, p []byte, in bounds, depth int) {
	flags, count := little.Uint16(p[8:]), int(little.Uint16(p[10:]))
	if flags != branchPage && flags != leafPage {
		c.fault("%s is of an unknown kind", at)
		return
	}
	if pageHeader+count*elementSize > len(p) {
		c.fault("%s counts more elements than it can hold", at)
		return
	}
	var last []byte
	for i := range count {
		offset := pageHeader + i*elementSize
		key, value, child, ok := element(p, offset, flags)
		if !ok {
			c.fault("%s: element %d points outside", at, i)
			return
		}
		if i > 0 && bytes.Compare(last, key) >= 0 || flags == leafPage && bytes.Compare(key, in.from) < 0 || in.before != nil && bytes.Compare(key, in.before) >= 0 {
			c.fault("%s: key %d is out of order", at, i)
			return
		}
		last = key
		if flags == branchPage {
			next := in.before
			if i+1 < count {
				if k, _, _, ok := element(p, offset+elementSize, flags); ok {
					next = k
				}
			}
			c.page(bucket, child, bounds{key, next}, depth+1)
			continue
		}
		c.leaf(bucket, at, little.Uint32(p[offset:]), key, value, depth)
	}
}

// element reads one element of a page: a leaf's key and value, or a branch's
// key and child.
func element(p []byte, at int, flags uint16) (key, value []byte, child uint64, ok bool) {
	e := p[at:]
	from, keys, values := uint64(little.Uint32(e)), uint64(little.Uint32(e[4:])), uint64(0)
	if flags == leafPage {
		from, keys, values = uint64(little.Uint32(e[4:])), uint64(little.Uint32(e[8:])), uint64(little.Uint32(e[12:]))
	} else {
		child = little.Uint64(e[8:])
	}
	if from < elementSize || from+keys+values > uint64(len(e)) {
		return nil, nil, 0, false
	}
	return e[from : from+keys], e[from+keys : from+keys+values], child, true
}

// leaf is one record, or at the root one bucket.
func (c *checker) leaf(bucket []byte, at place, flags uint32, key, value []byte, depth int) {
	switch {
	case flags == bucketElement && bucket == nil && len(value) >= bucketHead:
		c.bucket(key, value, depth)
	case flags != 0 || bucket == nil:
		c.fault("%s holds what is no record", at)
	case string(bucket) == string(bucketMeta):
		c.meta[string(key)] = value
	default:
		c.seal.add(bucket, key, value)
	}
}

func (c *checker) bucket(name, value []byte, depth int) {
	if string(name) != string(bucketMeta) {
		c.seal.of(name).Sequence = little.Uint64(value[8:])
	}
	switch root := little.Uint64(value); {
	case root != 0 && c.shape:
		c.branches(root, c.height(root))
	case root != 0:
		c.page(name, root, bounds{}, depth+1)
	case c.shape: // small buckets lie in their parent, and lead nowhere
	case len(value) < bucketHead+pageHeader:
		c.fault("bucket %.20q is cut off", name)
	default:
		c.elements(name, place{bucket: name}, value[bucketHead:], bounds{}, depth+1)
	}
}

// height is how many branch pages lie above the leaves of a bucket's tree.
func (c *checker) height(id uint64) (n int) {
	for ; n < maxDepth && id >= 2 && id < c.high; n++ {
		p := c.data[id*c.size:]
		if little.Uint16(p[8:]) != branchPage {
			break
		}
		id = little.Uint64(p[pageHeader+8:]) // the first child
	}
	return n
}

// branches walks a tree without reading its leaves, which all lie equally deep.
func (c *checker) branches(id uint64, height int) {
	if height == 0 {
		if id < 2 || id >= c.high || c.used[id] {
			c.fault("page %d is out of range or used twice", id)
			return
		}
		c.used[id] = true
		return
	}
	p, ok := c.take(id)
	if !ok {
		return
	}
	count := int(little.Uint16(p[10:]))
	if little.Uint16(p[8:]) != branchPage || pageHeader+count*elementSize > len(p) {
		c.fault("page %d is damaged", id)
		return
	}
	for i := range count {
		c.branches(little.Uint64(p[pageHeader+i*elementSize+8:]), height-1)
	}
}

// freePages holds the list of free pages against those in use.
func (c *checker) freePages(id uint64) {
	if id == noFreelist {
		return
	}
	p, ok := c.take(id)
	if !ok {
		return
	}
	if little.Uint16(p[8:]) != freelistPage {
		c.fault("page %d is no list of free pages", id)
		return
	}
	count, at := uint64(little.Uint16(p[10:])), uint64(pageHeader)
	if count == 0xFFFF {
		count, at = little.Uint64(p[pageHeader:]), pageHeader+8
	}
	if count > (uint64(len(p))-at)/8 {
		c.fault("the list of free pages is damaged")
		return
	}
	for i := range count {
		free := little.Uint64(p[at+8*i:])
		if free < 2 || free >= c.high || c.used[free] {
			c.fault("page %d is free and in use", free)
			return
		}
	}
	c.report.Free = int(count) //nolint:gosec // less than the pages of the file
}
