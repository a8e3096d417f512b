// The device tree writer, read back by a reader of its own and by dtc where there is one; and what the `virt` board's
// tree says.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildFdt, cells64 } from '../../emulator/boards/fdt.ts';
import { buildVirtFdt } from '../../emulator/boards/virt-fdt.ts';
import { skip } from '../support/skip.ts';
import { cellsOf, nodeAt, type ReadNode, readFdt, textOf } from './fdt-reader.ts';

test('every kind of value comes back', () => {
  const blob = buildFdt(
    {
      name: '',
      properties: {
        text: 'abc',
        list: ['a', '', 'bc'],
        cells: [1, 0x80000000, 0xffffffff],
        empty: true,
        bytes: Uint8Array.of(1, 2, 3),
      },
      children: [
        { name: 'a@1', properties: { text: 'again' }, children: [{ name: 'deep', properties: {} }] },
        { name: 'b', properties: { zero: [] } },
      ],
    },
    5,
  );
  const root = readFdt(blob);
  assert.is(root.name, '');
  assert.is(textOf(root, 'text'), 'abc\0');
  assert.is(textOf(root, 'list'), 'a\0\0bc\0');
  assert.equal(cellsOf(root, 'cells'), [1, 0x80000000, 0xffffffff]);
  assert.is(textOf(root, 'empty'), '');
  assert.equal([...root.properties.get('bytes')!], [1, 2, 3]);
  assert.is(textOf(nodeAt(root, '/a@1'), 'text'), 'again\0');
  assert.is(nodeAt(root, '/a@1/deep').children.length, 0);
  assert.equal(
    root.children.map((child) => child.name),
    ['a@1', 'b'],
  );
  assert.is(new DataView(blob.buffer).getUint32(28), 5);
});

test('property names are shared', () => {
  const one = buildFdt({ name: '', properties: { 'a-long-name': [1] } });
  const two = buildFdt({
    name: '',
    properties: { 'a-long-name': [1] },
    children: [{ name: 'x', properties: { 'a-long-name': [1] } }],
  });
  assert.is(two.length - one.length, 4 + 4 + 12 + 4 + 4);
});

test('cells64 splits addresses', () => {
  assert.equal(cells64(0x80000000), [0, 0x80000000]);
  assert.equal(cells64(0x4_0000_1000), [4, 0x1000]);
});

test('text that is not ASCII is refused', () => {
  assert.throws(() => buildFdt({ name: 'é', properties: {} }));
});

test('the board describes its memory, harts and devices', () => {
  const root = readFdt(buildVirtFdt({ harts: 2, ramBytes: 0x1_8000_0000, bootArguments: 'console=ttyS0' }));
  assert.equal(cellsOf(nodeAt(root, '/memory@80000000'), 'reg'), [0, 0x80000000, 1, 0x80000000]);
  assert.is(textOf(nodeAt(root, '/chosen'), 'bootargs'), 'console=ttyS0\0');
  assert.equal(cellsOf(nodeAt(root, '/cpus'), 'timebase-frequency'), [10_000_000]);
  assert.equal(cellsOf(nodeAt(root, '/cpus/cpu@1'), 'reg'), [1]);
  assert.is(nodeAt(root, '/cpus').children.length, 3);
  const serial = nodeAt(root, textOf(nodeAt(root, '/chosen'), 'stdout-path').replace('\0', ''));
  assert.is(textOf(serial, 'compatible'), 'ns16550a\0');
  assert.equal(cellsOf(serial, 'interrupts'), [10]);
});

test('every phandle that is referred to exists once', () => {
  const root = readFdt(buildVirtFdt({ harts: 3, ramBytes: 1 << 27 }));
  const handles: number[] = [];
  const visit = (node: ReadNode): void => {
    if (node.properties.has('phandle')) handles.push(...cellsOf(node, 'phandle'));
    node.children.forEach(visit);
  };
  visit(root);
  assert.is(new Set(handles).size, handles.length);
  const plic = nodeAt(root, '/soc/plic@c000000');
  const wires = cellsOf(plic, 'interrupts-extended');
  assert.equal(
    wires.filter((_, i) => i % 2 === 1),
    [11, 9, 11, 9, 11, 9],
  );
  const named = [
    ...wires.filter((_, i) => i % 2 === 0),
    ...cellsOf(nodeAt(root, '/soc/clint@2000000'), 'interrupts-extended').filter((_, i) => i % 2 === 0),
    ...cellsOf(nodeAt(root, '/soc/serial@10000000'), 'interrupt-parent'),
    ...cellsOf(nodeAt(root, '/poweroff'), 'regmap'),
    ...cellsOf(nodeAt(root, '/cpus/cpu-map/cluster0/core2'), 'cpu'),
  ];
  for (const handle of named) assert.ok(handles.includes(handle), `phandle ${handle}`);
  assert.equal(cellsOf(nodeAt(root, '/soc/serial@10000000'), 'interrupt-parent'), cellsOf(plic, 'phandle'));
});

if (spawnSync('dtc', ['--version']).error) skip('device tree against dtc', 'dtc is not installed');
else {
  test('dtc reads the tree of the board without complaint', () => {
    const blob = buildVirtFdt({ harts: 1, ramBytes: 1 << 27 });
    const result = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts'], { input: blob, encoding: 'utf8' });
    assert.is(result.status, 0, result.stderr);
    assert.match(result.stdout, 'compatible = "riscv-virtio"');
    assert.match(result.stdout, 'reg = <0x00 0x80000000 0x00 0x8000000>');
  });
}

test.run();
