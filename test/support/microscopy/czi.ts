import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Zeiss's own library (libCZI) wrote: `stack` 2 times, 3 planes, 2 channels; `scenes` two scenes; `rgb` in colour. All of 9 × 7 pixels. */
export function czi(name: 'stack' | 'scenes' | 'rgb'): Buffer {
  return readFileSync(join(import.meta.dirname, `${name}.czi`));
}

/** The stack with another description, which is put behind everything else. */
export function describedCzi(xml: string, name: 'stack' | 'scenes' | 'rgb' = 'stack'): Buffer {
  const file = Buffer.from(czi(name));
  const old = Number(file.readBigInt64LE(32 + 60));
  file.fill(0, old, old + 16).write('DELETED', old, 'latin1');
  file.writeBigInt64LE(BigInt(file.length), 32 + 60);
  const text = Buffer.from(xml);
  const head = Buffer.alloc(32 + 256);
  head.write('ZISRAWMETADATA', 'latin1');
  head.writeBigInt64LE(BigInt(256 + text.length), 16);
  head.writeBigInt64LE(BigInt(256 + text.length), 24);
  head.writeInt32LE(text.length, 32);
  return Buffer.concat([file, head, text]);
}

/** As the software of a confocal microscope describes the stack. */
export const confocalXml = `<?xml version="1.0"?>
<ImageDocument><Metadata>
 <Experiment><Scaling><Items><Distance Id="X"><Value>7</Value></Distance></Items></Scaling></Experiment>
 <Information>
  <Instrument>
   <Objectives>
    <Objective Id="Objective:0" Name="EC Plan-Neofluar 10x/0.30 M27"><NominalMagnification>10</NominalMagnification></Objective>
    <Objective Id="Objective:1" Name="Plan-Apochromat 63x/1.40 Oil DIC M27"><LensNA>1.4</LensNA><NominalMagnification>63</NominalMagnification><Immersion>Oil</Immersion></Objective>
   </Objectives>
  </Instrument>
  <Image>
   <SizeX>9</SizeX><SizeY>7</SizeY><SizeZ>3</SizeZ><SizeC>2</SizeC><SizeT>2</SizeT>
   <PixelType>Gray16</PixelType>
   <AcquisitionDateAndTime>2021-09-24T08:03:22.1234567Z</AcquisitionDateAndTime>
   <ObjectiveSettings><ObjectiveRef Id="Objective:1"/></ObjectiveSettings>
   <Dimensions>
    <Channels>
     <Channel Id="Channel:0" Name="DAPI"><ExposureTime>20000000</ExposureTime><ExcitationWavelength>353</ExcitationWavelength><EmissionWavelength>465</EmissionWavelength></Channel>
     <Channel Id="Channel:1" Name="A &amp; B"><ExcitationWavelength>493</ExcitationWavelength><EmissionWavelength>517</EmissionWavelength></Channel>
    </Channels>
    <T><Positions><Interval><Increment>5</Increment></Interval></Positions></T>
   </Dimensions>
  </Image>
 </Information>
 <Scaling><Items>
  <Distance Id="X"><Value>1.04E-07</Value><DefaultUnitFormat>um</DefaultUnitFormat></Distance>
  <Distance Id="Y"><Value>1.04E-07</Value></Distance>
  <Distance Id="Z"><Value>3E-07</Value></Distance>
 </Items></Scaling>
</Metadata></ImageDocument>`;
