/** The console: its built files, and the sessions of those who use it. Its pages call the API like any other client. */
import { type DynamicModule, Module } from '@nestjs/common';
import { Callers } from '../callers/callers';
import { ConsoleController } from './console.controller';
import { ConsoleFiles } from './console-files';
import { SessionController } from './session.controller';

@Module({})
export class ConsoleModule {
  static with(callers: Callers): DynamicModule {
    return {
      module: ConsoleModule,
      // The first: its address is one of those that pages have.
      controllers: [SessionController, ConsoleController],
      providers: [ConsoleFiles, { provide: Callers, useValue: callers }],
    };
  }
}
