/** Writes small Leica LIF files: an XML about the images, then a block of pixels for each. */
export interface LifSpec {
  readonly images: readonly LifImageSpec[];
}

export interface LifImageSpec {
  readonly name: string;
  /** In the order of the file, fastest first. */
  readonly dimensions: readonly { id: number; count: number; length: number; unit: string; stride: number }[];
  /** Bytes from the first channel to each. */
  readonly channels: readonly { at: number; bits?: number; tag?: number; dye?: string }[];
  readonly bytes: number;
  /** Elements inside `Image`, after its description. */
  readonly inside?: string;
}

export function lif({ images }: LifSpec): Buffer {
  const blocks = images.map((image, index) => ({ image, id: `MemBlock_${index + 1}` }));
  const xml = `<LMSDataContainerHeader Version="2"><Element Name="project.lif" Visibility="1"><Data><Experiment Path="x"/></Data><Memory Size="0" MemoryBlockID="MemBlock_0"/><Children>${blocks
    .map(({ image, id }) => elementOf(image, id))
    .join('')}</Children></Element></LMSDataContainerHeader>`;
  const text = Buffer.from(xml, 'utf16le');
  return Buffer.concat([
    int(0x70),
    int(5 + text.length),
    Buffer.from([0x2a]),
    int(text.length / 2),
    text,
    ...[{ id: 'MemBlock_0', bytes: 0 }, ...blocks.map(({ image, id }) => ({ id, bytes: image.bytes }))].flatMap(
      ({ id, bytes }) => {
        const name = Buffer.from(id, 'utf16le');
        const head = Buffer.concat([Buffer.from([0x2a]), long(bytes), Buffer.from([0x2a]), int(name.length / 2), name]);
        return [int(0x70), int(head.length), head, Buffer.alloc(bytes, 7)];
      },
    ),
  ]);
}

function elementOf({ name, dimensions, channels, bytes, inside = '' }: LifImageSpec, id: string): string {
  const channel = channels.map(
    ({ at, bits = 8, tag = 0, dye }) =>
      `<ChannelDescription DataType="0" ChannelTag="${tag}" Resolution="${bits}" NameOfMeasuredQuantity="" Min="0" Max="255" Unit="" LUTName="Green" IsLUTInverted="0" BytesInc="${at}" BitInc="0">${
        dye === undefined ? '' : `<ChannelProperty><Key>DyeName</Key><Value>${dye}</Value></ChannelProperty>`
      }</ChannelDescription>`,
  );
  const dimension = dimensions.map(
    (each) =>
      `<DimensionDescription DimID="${each.id}" NumberOfElements="${each.count}" Origin="0" Length="${each.length}" Unit="${each.unit}" BitInc="0" BytesInc="${each.stride}"/>`,
  );
  return `<Element Name="${name}" Visibility="1"><Data><Image TextDescription=""><ImageDescription><Channels>${channel.join('')}</Channels><Dimensions>${dimension.join('')}</Dimensions></ImageDescription>${inside}</Image></Data><Memory Size="${bytes}" MemoryBlockID="${id}"/><Children/></Element>`;
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
