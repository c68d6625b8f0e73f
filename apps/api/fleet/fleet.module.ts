/** The processes of this fleet: what they serve, in what they differ, and the functions that nobody serves any more. */
import { type BeforeApplicationShutdown, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { RecordReader } from '@invoq/store/record/record-reader';
import { RegistryKeeper } from '@invoq/store/fleet/registry-keeper';
import { AuditModule } from '../operations/audit.module';
import { Pauses } from '../operations/pauses';
import { PausesModule } from '../operations/pauses.module';
import { made } from '../process/made';
import { CONNECTIONS, LOG, SETTINGS } from '../process/tokens';
import { FleetController } from './fleet.controller';
import { FleetService } from './fleet.service';
import { FleetWatch } from './fleet-watch';
import { FunctionsController } from './functions.controller';

@Module({
  imports: [PausesModule, AuditModule],
  controllers: [FunctionsController, FleetController],
  providers: [
    made(FleetWatch, [FleetMember, LOG, CONNECTIONS], (fleet, log, { onError }) => new FleetWatch(fleet, log, onError)),
    made(
      FleetService,
      [FleetStore, FunctionStore, RecordReader, Pauses, SETTINGS],
      (fleet, functions, reader, pauses, { partitions }) =>
        new FleetService(fleet, functions, reader, pauses, partitions),
    ),
    made(
      RegistryKeeper,
      [FleetMember, FleetStore, FunctionStore, SETTINGS, CONNECTIONS],
      (member, fleet, functions, { retainUnservedMs: keepMs }, { onError }) =>
        new RegistryKeeper(member, fleet, functions, { keepMs, onError }),
    ),
  ],
  exports: [FleetWatch, FleetService],
})
export class FleetModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly keeper: RegistryKeeper,
    private readonly watch: FleetWatch,
  ) {}

  onApplicationBootstrap(): void {
    this.keeper.start();
  }

  beforeApplicationShutdown(): void {
    this.watch.end();
  }

  onApplicationShutdown(): void {
    this.keeper.stop();
  }
}
