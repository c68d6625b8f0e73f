/** The console: its built files, and the sessions of those who use it. Its pages call the API like any other client. */
import { Module } from '@nestjs/common';
import { ConsoleController } from './console.controller';
import { ConsoleFiles } from './console-files';
import { SessionController } from './session.controller';

@Module({
  // The first: its address is one of those that pages have.
  controllers: [SessionController, ConsoleController],
  providers: [ConsoleFiles],
})
export class ConsoleModule {}
